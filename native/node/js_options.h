#pragma once

#include <chrono>

#include "iptables/table_id.h"
#include "node/js_field.h"

namespace portshift::addon {

// These functions throw a Napi::TypeError.
iptc::TableName readTableName(const JsField& field);
std::chrono::milliseconds readLockTimeout(const JsField& options);

}  // namespace portshift::addon
