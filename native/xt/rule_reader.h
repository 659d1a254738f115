#pragma once

#include <optional>

#include "common/family.h"
#include "common/json_field.h"
#include "xt/rule.h"

namespace portshift::xt {

/** Reads a TableRule of lib/tables/table-rule.ts. Throws an InvalidJson. */
Rule readRule(Family family, const JsonField& field);

/** Reads a PortSpan. Returns nothing if it is absent. Throws an InvalidJson. */
std::optional<PortSpan> readPorts(const JsonField& field);

}  // namespace portshift::xt
