#include "util/sandbox.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "util/network_namespace.h"
#include "util/unique_fd.h"

namespace portshift {

namespace {

/**
 * Returns true for an errno that systemd and container runtimes use; a filter may return any errno.
 */
bool isRefusal(int code) {
  return code == EPERM || code == EACCES || code == ENOSYS;
}

/** Returns true if the calling thread has the capability in its own user namespace (capget(2)). */
bool isCapable(unsigned int capability) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  return (sets.at(CAP_TO_INDEX(capability)).effective & CAP_TO_MASK(capability)) != 0;
}

/**
 * Returns true if the calling thread has the capability over that network namespace. The kernel
 * returns the user namespace that owns it (ioctl_ns(2)) only if that is the caller's own or a
 * descendant, where the caller's capabilities count.
 */
bool isCapableOver(int network_namespace, unsigned int capability) {
  const UniqueFd owner(::ioctl(network_namespace, NS_GET_USERNS));
  return owner && isCapable(capability);
}

bool isCapableHere(unsigned int capability) {
  const UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  return here && isCapableOver(here.get(), capability);
}

std::string familyName(int family) {
  switch (family) {
    case AF_NETLINK:
      return "AF_NETLINK";
    case AF_INET:
      return "AF_INET";
    case AF_INET6:
      return "AF_INET6";
    default:
      return "AF_UNIX";
  }
}

}  // namespace

std::string forbiddenSocket(int family, int type, int code) {
  // If IPv6 was disabled at boot, EAFNOSUPPORT for AF_INET6 is no sign of a sandbox.
  if (code == EAFNOSUPPORT && (family != AF_INET6 || hasIpv6())) return familyName(family);
  if (!isRefusal(code)) return {};
  const bool is_privileged = type == SOCK_RAW && family != AF_NETLINK;
  return is_privileged && !isCapableHere(CAP_NET_RAW) ? std::string() : familyName(family);
}

std::string forbiddenCall(const char *syscall, int code) {
  return isRefusal(code) ? syscall : std::string();
}

std::string forbiddenCall(const char *syscall, int capability, int code) {
  return isRefusal(code) && isCapableHere(static_cast<unsigned int>(capability)) ? syscall
                                                                                 : std::string();
}

std::string forbiddenNamespace(int network_namespace, int code) {
  const bool is_forbidden = isRefusal(code) && isCapableOver(network_namespace, CAP_SYS_ADMIN);
  return is_forbidden ? "setns" : std::string();
}

}  // namespace portshift
