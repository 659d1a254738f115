#pragma once

#include <string>

namespace portshift {

/**
 * Moves the calling thread, and no other, into the network namespace that `path` names (setns(2)).
 * Throws an Error of kind kNamespace.
 */
void enterNetworkNamespace(const std::string& path);

}  // namespace portshift
