#pragma once

#include <chrono>

#include "node/js_field.h"
#include "iptables/table_id.h"

namespace portshift::addon {

// These functions throw a Napi::TypeError.
iptc::TableName readTableName(const JsField& field);
std::chrono::milliseconds readLockTimeout(const JsField& options);

}  // namespace portshift::addon
