#pragma once

#include <napi.h>

#include "node/js_field.h"
#include "util/bytes.h"

namespace portshift::addon {

/** Reads bytes written as two lower-case hexadecimal digits each. Throws a Napi::TypeError. */
Bytes readHex(const JsField& field);

/** Returns no bytes if the field is absent. */
Bytes readOptionalHex(const JsField& field);

Napi::String writeHex(Napi::Env env, ByteView bytes);

}  // namespace portshift::addon
