#pragma once

#include <napi.h>

#include <vector>

#include "common/family.h"

namespace portshift::addon {

/** A frozen array of 'ipv4' and 'ipv6'. */
Napi::Array writeFamilies(Napi::Env env, const std::vector<Family>& families);

}  // namespace portshift::addon
