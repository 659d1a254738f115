#pragma once

#include <napi.h>

namespace portshift::addon {

/**
 * Returns the Host of lib/state/host.ts. Every addon exports it, because a host may have only one
 * of the addons.
 */
Napi::Object defineHost(Napi::Env env);

}  // namespace portshift::addon
