#pragma once

#include <string_view>

#include "iptables/change.h"

namespace portshift::iptc {

/**
 * Adds the steps that lib/backends/iptc/steps-json.ts writes to a change. They cross from
 * JavaScript as one text, because the cost of a value grows with its number of parts. Throws an
 * InvalidJson; the change then contains a part of the steps.
 */
void readSteps(std::string_view text, Change& change);

}  // namespace portshift::iptc
