#pragma once

#include <string_view>

#include "iptc/change.h"

namespace portshift::iptc {

/**
 * Adds to a change what lib/backends/steps-json.ts writes: one text for all of it, as a value that
 * crosses from JavaScript costs the more the more parts it has. Throws an InvalidJson, and then the
 * change has a part of it.
 */
void readSteps(std::string_view text, Change& change);

}  // namespace portshift::iptc
