#pragma once

#include <napi.h>

#include <vector>

#include "addon/js_field.h"
#include "common/family.h"

namespace portshift::addon {

/** Throws a Napi::TypeError. */
Family readFamily(const JsField& field);

/** A frozen array of 'ipv4' and 'ipv6'. */
Napi::Array writeFamilies(Napi::Env env, const std::vector<Family>& families);

}  // namespace portshift::addon
