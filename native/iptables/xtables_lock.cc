#include "iptables/xtables_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "util/error.h"

namespace portshift::iptc {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kShortestPause{1};
constexpr milliseconds kLongestPause{10};

/** The number of times that the file may be created and removed while it is being opened. */
constexpr int kAttempts = 100;

Error unusable(const std::string& file, int code, std::string_view why) {
  Error error = Error::fromErrno(ErrorKind::kLock, "open", code, file);
  error.failure().message.append(": ").append(why);
  return error;
}

/**
 * Reopens the file for reading. Through its descriptor it is the same file, even if the path now
 * names another one.
 */
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
 * Opens a regular file or creates one, with the mode that iptables uses, so that either program can
 * use the other's file. A FIFO would block without end, and opening a device may have side effects.
 * No file is created at the target of a symbolic link: otherwise whoever can place a link there
 * could make this process create an empty file anywhere.
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

/** Returns false if another process holds the lock. */
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

bool XtablesLockFile::isStillThere() const {
  struct stat status = {};
  return opened_ && *opened_ && ::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

std::shared_ptr<UniqueFd> XtablesLockFile::open() {
  if (isStillThere()) return opened_;
  auto opened = std::make_shared<UniqueFd>(openLockFile(path_));
  struct stat status = {};
  if (::fstat(opened->get(), &status) != 0) {
    throw Error::fromErrno(ErrorKind::kLock, "fstat", errno, path_);
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  opened_ = std::move(opened);
  return opened_;
}

XtablesLock XtablesLock::acquire(XtablesLockFile& file, const LockWait& wait, StopSignal& stop) {
  std::shared_ptr<UniqueFd> fd = file.open();
  const Clock::time_point deadline = Clock::now() + wait.timeout();
  milliseconds pause = kShortestPause;
  for (;;) {
    if (wait.isInterrupted()) {
      throw Error(ErrorKind::kInterrupted, "the wait for the xtables lock was interrupted");
    }
    if (tryLock(fd->get(), file.path())) return XtablesLock(std::move(fd));
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) throw timedOut(file.path(), wait.timeout());
    if (stop.sleepFor(std::min(pause, left))) {
      throw Error(ErrorKind::kClosed,
                  "the session was closed while it waited for the xtables lock");
    }
    pause = std::min(pause * 2, kLongestPause);
  }
}

/** A file that cannot be unlocked is closed, which unlocks it as well (flock(2)). */
XtablesLock::~XtablesLock() {
  if (fd_ && ::flock(fd_->get(), LOCK_UN) != 0) *fd_ = UniqueFd();
}

}  // namespace portshift::iptc
