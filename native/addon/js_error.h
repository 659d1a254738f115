#pragma once

#include <napi.h>

#include "common/error.h"

namespace portshift::addon {

/**
 * A NativeError of lib/backends/iptc-addon.ts. `trace` is an Error made when the failed call was:
 * the stack of the thread of control that is interested, where the event loop's own would say
 * nothing.
 */
Napi::Value writeError(Napi::Env env, const Failure& failure, const Napi::Object& trace);

}  // namespace portshift::addon
