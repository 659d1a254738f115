#include "common/network_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>

#include "common/error.h"
#include "common/unique_fd.h"

namespace portshift {

void enterNetworkNamespace(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw Error::fromErrno(ErrorKind::kNamespace, "open", errno, path);
  if (::setns(fd.get(), CLONE_NEWNET) != 0) {
    throw Error::fromErrno(ErrorKind::kNamespace, "setns", errno, path);
  }
}

bool hasIpv6() {
  return ::access("/proc/thread-self/net/if_inet6", F_OK) == 0;
}

}  // namespace portshift
