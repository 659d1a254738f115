#pragma once

#include "addon/js_field.h"
#include "common/family.h"
#include "xt/rule.h"

namespace portshift::addon {

/** A TableRule of lib/tables/table-rule.ts. Throws a Napi::TypeError. */
xt::Rule readRule(Family family, const JsField& field);

}  // namespace portshift::addon
