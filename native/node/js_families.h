#pragma once

#include <napi.h>

#include <vector>

#include "node/js_field.h"
#include "util/family.h"

namespace portshift::addon {

/** Reads 'ipv4' or 'ipv6'. Throws a Napi::TypeError for any other value. */
Family readFamily(const JsField& field);

/** Returns a frozen array of 'ipv4' and 'ipv6'. */
Napi::Array writeFamilies(Napi::Env env, const std::vector<Family>& families);

}  // namespace portshift::addon
