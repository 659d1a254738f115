#pragma once

#include <string>

namespace portshift {

/**
 * Moves the calling thread, and no other, into the network namespace at `path` (setns(2)). Throws
 * an Error of kind kNamespace.
 */
void enterNetworkNamespace(const std::string& path);

/** Returns true if the calling thread's network namespace has IPv6. */
bool hasIpv6();

}  // namespace portshift
