#include "iptc/xtables_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "common/error.h"

namespace portshift::iptc {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kShortestPause{1};
constexpr milliseconds kLongestPause{10};

/** How often the file may come and go while it is being opened. */
constexpr int kAttempts = 100;

Error unusable(const std::string& file, int code, std::string_view why) {
  Error error = Error::fromErrno(ErrorKind::kLock, "open", code, file);
  error.failure().message.append(": ").append(why);
  return error;
}

/** The open file again, for reading: through its descriptor it is the same, whatever the path names
 * by now. */
UniqueFd reopen(const UniqueFd& found, const std::string& file) {
  struct stat status = {};
  if (::fstat(found.get(), &status) != 0) {
    throw Error::fromErrno(ErrorKind::kLock, "fstat", errno, file);
  }
  if (S_ISDIR(status.st_mode)) throw unusable(file, EISDIR, "a directory is in its place");
  if (!S_ISREG(status.st_mode)) throw unusable(file, EINVAL, "it is no regular file");
  const std::string same = "/proc/self/fd/" + std::to_string(found.get());
  UniqueFd opened(::open(same.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened) throw Error::fromErrno(ErrorKind::kLock, "open", errno, file);
  return opened;
}

/**
 * Opens a regular file, or makes one, with the mode of iptables', so that whoever makes it leaves
 * it usable for the other. A FIFO would be waited for without end, and opening a device may do
 * something. No file is made at the other end of a link: whoever may put one there would have this
 * process make an empty file wherever they like.
 */
UniqueFd openLockFile(const std::string& file) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const UniqueFd found(::open(file.c_str(), O_PATH | O_CLOEXEC));
    if (found) return reopen(found, file);
    if (errno != ENOENT) throw Error::fromErrno(ErrorKind::kLock, "open", errno, file);
    UniqueFd made(::open(file.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made) return made;
    if (errno != EEXIST) throw Error::fromErrno(ErrorKind::kLock, "open", errno, file);
    struct stat status = {};
    if (::lstat(file.c_str(), &status) == 0 && S_ISLNK(status.st_mode) &&
        ::access(file.c_str(), F_OK) != 0) {
      throw unusable(file, ENOENT, "it is a link to a file that is not there");
    }
  }
  throw unusable(file, EEXIST, "others keep making and removing it");
}

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
  UniqueFd fd = openLockFile(file);
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
