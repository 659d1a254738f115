#pragma once

#include <string>

namespace portshift {

/**
 * Moves the calling thread, and no other, into the network namespace that `path` names (setns(2)).
 * Throws an Error of kind kNamespace.
 */
void enterNetworkNamespace(const std::string& path);

/** Whether the calling thread's network namespace has IPv6. */
bool hasIpv6();

}  // namespace portshift
