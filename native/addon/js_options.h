#pragma once

#include <chrono>

#include "addon/js_field.h"
#include "iptc/table_id.h"

namespace portshift::addon {

// These throw a Napi::TypeError.
Family readFamily(const JsField& field);
iptc::TableName readTableName(const JsField& field);
std::chrono::milliseconds readLockTimeout(const JsField& options);

/** The property as a string; empty where it is absent. */
std::string readOptionalString(const JsField& options, const char *name);

}  // namespace portshift::addon
