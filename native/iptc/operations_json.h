#pragma once

#include <string_view>

#include "common/family.h"
#include "iptc/change.h"

namespace portshift::iptc {

/**
 * An array of operations as lib/backends/operations-json.ts writes them: one text for all of them,
 * as a value that crosses from JavaScript costs the more the more parts it has. Throws an
 * InvalidJson.
 */
OperationBlock readOperations(Family family, std::string_view text);

}  // namespace portshift::iptc
