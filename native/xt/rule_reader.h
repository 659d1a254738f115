#pragma once

#include "common/family.h"
#include "common/json_field.h"
#include "xt/rule.h"

namespace portshift::xt {

/** A TableRule of lib/tables/table-rule.ts. Throws an InvalidJson. */
Rule readRule(Family family, const JsonField& field);

}  // namespace portshift::xt
