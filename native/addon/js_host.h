#pragma once

#include <napi.h>

namespace portshift::addon {

/** Host of lib/state/host.ts, which every addon exports: a host may have only one of them. */
Napi::Object defineHost(Napi::Env env);

}  // namespace portshift::addon
