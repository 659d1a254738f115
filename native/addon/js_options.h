#pragma once

#include <chrono>

#include "addon/js_field.h"
#include "iptc/table_id.h"

namespace portshift::addon {

// These functions throw a Napi::TypeError.
iptc::TableName readTableName(const JsField& field);
std::chrono::milliseconds readLockTimeout(const JsField& options);

}  // namespace portshift::addon
