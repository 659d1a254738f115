#pragma once

#include <optional>

#include "iptables/codec/rule.h"
#include "util/family.h"
#include "util/json_field.h"

namespace portshift::xt {

/** Reads a TableRule of lib/model/table-rule.ts. Throws an InvalidJson. */
Rule readRule(Family family, const JsonField& field);

/** Reads a PortSpan. Returns nothing if it is absent. Throws an InvalidJson. */
std::optional<PortSpan> readPorts(const JsonField& field);

}  // namespace portshift::xt
