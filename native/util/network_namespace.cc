#include "util/network_namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "util/error.h"
#include "util/sandbox.h"
#include "util/unique_fd.h"

namespace portshift {

namespace {

/**
 * Opens `path` only if it is a namespace: opening a device may have side effects, and opening a
 * FIFO blocks until another process opens it for writing.
 */
UniqueFd openNamespace(const std::string& path) {
  const UniqueFd found(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!found) throw Error::fromErrno(ErrorKind::kNamespace, "open", errno, path);
  struct statfs file_system = {};
  if (::fstatfs(found.get(), &file_system) != 0) {
    throw Error::fromErrno(ErrorKind::kNamespace, "fstatfs", errno, path);
  }
  if (file_system.f_type != NSFS_MAGIC) {
    throw Error::fromErrno(ErrorKind::kNamespace, "setns", EINVAL, path);
  }
  const std::string same = "/proc/self/fd/" + std::to_string(found.get());
  UniqueFd opened(::open(same.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) throw Error::fromErrno(ErrorKind::kNamespace, "open", errno, path);
  return opened;
}

}  // namespace

void enterNetworkNamespace(const std::string& path) {
  const UniqueFd fd = openNamespace(path);
  if (::setns(fd.get(), CLONE_NEWNET) != 0) {
    const int code = errno;
    throw Error::fromErrno(ErrorKind::kNamespace, "setns", code, path)
        .withForbidden(forbiddenNamespace(fd.get(), code));
  }
}

bool hasIpv6() {
  return ::access("/proc/thread-self/net/if_inet6", F_OK) == 0;
}

}  // namespace portshift
