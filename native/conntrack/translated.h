#pragma once

namespace portshift::conntrack {

/**
 * Returns true if the network namespace of the calling thread has running connections whose
 * destination port is translated. They break when the last rule that needs connection tracking is
 * deleted, because the kernel then stops tracking. Also returns true if the kernel does not list
 * connections.
 */
bool hasTranslatedConnections();

}  // namespace portshift::conntrack
