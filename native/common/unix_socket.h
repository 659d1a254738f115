#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace portshift {

/** Who is at the other end of a connected unix(7) socket, by the kernel's word (SO_PEERCRED). */
struct PeerCredentials {
  /** 0 where the peer is in another PID namespace. */
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// `network_namespace` is a path; empty: the calling thread's own. These throw an Error.

PeerCredentials peerCredentials(int fd);

/**
 * The number that a network namespace has to itself until the next boot (SO_NETNS_COOKIE), unlike
 * its inode, which the kernel uses again. Nothing before Linux 5.14.
 */
std::optional<std::uint64_t> networkNamespaceCookie(const std::string& network_namespace);

/**
 * A stream socket that listens on an abstract name. Such names belong to the network namespace:
 * processes that share it meet there, whatever they see of the file system and of one another.
 */
UniqueFd listenAbstract(const std::string& network_namespace, const std::string& name);

/** Nothing where nobody listens on that name. Never waits: a full queue is EAGAIN. */
std::optional<UniqueFd> connectAbstract(const std::string& network_namespace,
                                        const std::string& name);

/** The abstract names with that prefix on which somebody listens. */
std::vector<std::string> abstractListeners(const std::string& network_namespace,
                                           const std::string& prefix);

}  // namespace portshift
