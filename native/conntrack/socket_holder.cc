#include "conntrack/socket_holder.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace portshift::conntrack {

namespace {

/**
 * The system call numbers. Headers before Linux 5.6 lack the second one; both are the same on all
 * current platforms.
 */
constexpr long kPidfdOpen = 434;
constexpr long kPidfdGetfd = 438;

struct CloseDirectory {
  void operator()(DIR *directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/** Calls `visit` for every name that is a number, until it returns true. Returns 0 or an errno. */
template <class Visit>
int forEachNumber(const std::string& path, Visit visit) {
  const Directory directory(::opendir(path.c_str()));
  if (!directory) return errno;
  while (const dirent *entry = ::readdir(directory.get())) {
    char *end = nullptr;
    const long number = std::strtol(entry->d_name, &end, 10);
    if (end == entry->d_name || *end != '\0') continue;
    if (visit(static_cast<int>(number), std::string(entry->d_name))) break;
  }
  return 0;
}

/**
 * Returns 0 if the link has that target, ESRCH if it has another one, or the errno of readlink(2).
 */
int leadsTo(const std::string& link, const std::string& target) {
  std::array<char, 64> text{};
  const ssize_t size = ::readlink(link.c_str(), text.data(), text.size());
  if (size < 0) return errno;
  return target == std::string_view(text.data(), static_cast<std::size_t>(size)) ? 0 : ESRCH;
}

bool isSocket(int fd, std::uint64_t cookie) {
  std::uint64_t actual = 0;
  socklen_t size = sizeof actual;
  return ::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &actual, &size) == 0 && actual == cookie;
}

Borrowed borrow(int pid, int number, std::uint64_t cookie) {
  const UniqueFd process(static_cast<int>(::syscall(kPidfdOpen, pid, 0)));
  if (!process) return {UniqueFd(), errno};
  UniqueFd fd(static_cast<int>(::syscall(kPidfdGetfd, process.get(), number, 0)));
  if (!fd) return {UniqueFd(), errno};
  // The process may have closed the socket meanwhile and reused the descriptor.
  if (!isSocket(fd.get(), cookie)) return {UniqueFd(), ESRCH};
  return {std::move(fd), 0};
}

}  // namespace

Borrowed borrowSocket(const SocketName& name) {
  Borrowed result{UniqueFd(), ESRCH};
  // A socket that has not been accepted has no inode.
  if (name.inode == 0) return result;
  const std::string target = "socket:[" + std::to_string(name.inode) + "]";
  // The socket may be in a process that cannot be inspected, so EACCES is reported in preference to
  // ESRCH.
  const auto note = [&result](int code) {
    if (code == EACCES && result.code == ESRCH) result.code = EACCES;
  };
  const int code = forEachNumber("/proc", [&](int pid, const std::string& process) {
    const std::string descriptors = "/proc/" + process + "/fd/";
    note(forEachNumber(descriptors, [&](int number, const std::string& descriptor) {
      const int seen = leadsTo(descriptors + descriptor, target);
      if (seen == 0) result = borrow(pid, number, name.cookie);
      note(seen);
      return static_cast<bool>(result.fd);
    }));
    return static_cast<bool>(result.fd);
  });
  if (code != 0) result.code = code;
  return result;
}

}  // namespace portshift::conntrack
