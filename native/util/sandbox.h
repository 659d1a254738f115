#pragma once

#include <string>

namespace portshift {

// A sandbox denies a process system calls that the kernel has and that the process is privileged
// for: a seccomp filter (systemd's RestrictAddressFamilies= and SystemCallFilter=, a container's
// profile), or a security module. Each function here returns the name of the forbidden call or
// address family, or an empty string if the call failed for another reason; `code` is the errno of
// the failure.

/**
 * Returns the address family, such as "AF_NETLINK", if a sandbox made socket(2) fail. Every kernel
 * has AF_NETLINK and AF_INET, and every process may use them, except for SOCK_RAW of AF_INET and
 * AF_INET6, which needs CAP_NET_RAW.
 */
std::string forbiddenSocket(int family, int type, int code);

/** Returns `syscall` if a sandbox made it fail. For calls that need no capability. */
std::string forbiddenCall(const char *syscall, int code);

/**
 * Returns `syscall` if a sandbox made it fail. For calls that need `capability` in the thread's
 * network namespace.
 */
std::string forbiddenCall(const char *syscall, int capability, int code);

/** Returns "setns" if a sandbox made setns(2) to the network namespace of that descriptor fail. */
std::string forbiddenNamespace(int network_namespace, int code);

}  // namespace portshift
