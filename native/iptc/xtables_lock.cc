#include "iptc/xtables_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>

#include "common/error.h"

namespace portshift::iptc {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kShortestPause{1};
constexpr milliseconds kLongestPause{10};

/** False where someone else holds it. */
bool tryLock(int fd, const std::string& file) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw Error::fromErrno(ErrorKind::kLock, "flock", errno, file);
  }
  return true;
}

Error timedOut(const std::string& file, milliseconds timeout) {
  Error error(ErrorKind::kLockTimeout, "the xtables lock " + file +
                                           " was held by someone else for " +
                                           std::to_string(timeout.count()) + " ms");
  error.failure().syscall = "flock";
  return error;
}

}  // namespace

XtablesLock XtablesLock::acquire(const std::string& file, const LockWait& wait, StopSignal& stop) {
  // The same flags and mode as iptables', so that whoever creates the file leaves it usable for the
  // other.
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) throw Error::fromErrno(ErrorKind::kLock, "open", errno, file);

  const Clock::time_point deadline = Clock::now() + wait.timeout();
  milliseconds pause = kShortestPause;
  for (;;) {
    if (wait.isInterrupted()) {
      throw Error(ErrorKind::kInterrupted, "the wait for the xtables lock was interrupted");
    }
    if (tryLock(fd.get(), file)) return XtablesLock(std::move(fd));
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) throw timedOut(file, wait.timeout());
    if (stop.sleepFor(std::min(pause, left))) {
      throw Error(ErrorKind::kClosed,
                  "the session was closed while it waited for the xtables lock");
    }
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace portshift::iptc
