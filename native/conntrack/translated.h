#pragma once

namespace portshift::conntrack {

/**
 * Whether the namespace of the calling thread has running connections whose destination port is
 * translated: they break when the last rule that needs connection tracking goes, because the kernel
 * then stops tracking. Also true where the kernel does not tell.
 */
bool hasTranslatedConnections();

}  // namespace portshift::conntrack
