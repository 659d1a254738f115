#pragma once

#include <optional>

#include "common/family.h"
#include "common/json_field.h"
#include "xt/rule.h"

namespace portshift::xt {

/** A TableRule of lib/tables/table-rule.ts. Throws an InvalidJson. */
Rule readRule(Family family, const JsonField& field);

/** A PortSpan; nothing where it is absent. Throws the same. */
std::optional<PortSpan> readPorts(const JsonField& field);

}  // namespace portshift::xt
