#pragma once

#include <string>

namespace portshift {

// A sandbox is whatever takes calls away from a process that the kernel has and that the process
// is privileged for: a seccomp filter (systemd's RestrictAddressFamilies= and SystemCallFilter=, a
// container's profile), or a security module. Each of these returns the name of what is forbidden,
// or nothing where the call failed for another reason; `code` is the errno that it failed with.

/**
 * After socket(2) failed: the address family, such as "AF_NETLINK". Every kernel has AF_NETLINK and
 * AF_INET, and every process may use them, but for SOCK_RAW, which takes CAP_NET_RAW.
 */
std::string forbiddenSocket(int family, int type, int code);

/** After a call failed that takes no capability: its own name. */
std::string forbiddenCall(const char *syscall, int code);

/** After a call failed that takes that capability in the thread's network namespace: its name. */
std::string forbiddenCall(const char *syscall, int capability, int code);

/** After setns(2) to the network namespace of that descriptor failed: "setns". */
std::string forbiddenNamespace(int network_namespace, int code);

}  // namespace portshift
