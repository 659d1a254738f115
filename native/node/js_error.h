#pragma once

#include <napi.h>

#include "util/error.h"

namespace portshift::addon {

/**
 * Returns a NativeError of lib/backends/table-session.ts. `trace` is an Error that was created when
 * the failed call was made: its stack shows the caller, while the event loop's own stack would not.
 */
Napi::Value writeError(Napi::Env env, const Failure& failure, const Napi::Object& trace);

}  // namespace portshift::addon
