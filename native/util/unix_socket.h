#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/unique_fd.h"

namespace portshift {

/**
 * The process at the other end of a connected unix(7) socket, as the kernel reports it
 * (SO_PEERCRED).
 */
struct PeerCredentials {
  /** The process ID, or 0 if the peer is in another PID namespace. */
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// `network_namespace` is a path; empty means the calling thread's own. These functions throw an
// Error.

PeerCredentials peerCredentials(int fd);

/**
 * Returns the number that identifies a network namespace until the next boot (SO_NETNS_COOKIE). The
 * kernel reuses inode numbers, but never a cookie. Returns nothing before Linux 5.14.
 */
std::optional<std::uint64_t> networkNamespaceCookie(const std::string& network_namespace);

/**
 * Opens a stream socket that listens on an abstract name. Such names belong to the network
 * namespace: processes that share it can connect, whatever they see of the file system and of one
 * another.
 */
UniqueFd listenAbstract(const std::string& network_namespace, const std::string& name);

/**
 * Connects to an abstract name. Returns nothing if no socket listens on it. Never blocks: a full
 * queue is an error with EAGAIN.
 */
std::optional<UniqueFd> connectAbstract(const std::string& network_namespace,
                                        const std::string& name);

/** Returns the abstract names with that prefix on which a socket listens. */
std::vector<std::string> abstractListeners(const std::string& network_namespace,
                                           const std::string& prefix);

}  // namespace portshift
