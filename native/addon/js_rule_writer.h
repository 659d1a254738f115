#pragma once

#include <napi.h>

#include "common/family.h"
#include "xt/rule.h"

namespace portshift::addon {

/** A TableRule of lib/tables/table-rule.ts. */
Napi::Object writeRule(Napi::Env env, Family family, const xt::Rule& rule);

Napi::Object writeCounters(Napi::Env env, xt::Counters counters);

}  // namespace portshift::addon
