#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "thread/stop_signal.h"
#include "util/unique_fd.h"

namespace portshift::iptc {

/** The time for which one call waits for the lock, and whether the wait was interrupted. */
class LockWait {
 public:
  LockWait(std::chrono::milliseconds timeout)  // NOLINT(google-explicit-constructor): a timeout
      : timeout_(timeout) {}

  std::chrono::milliseconds timeout() const { return timeout_; }

  /** Ends the wait; may be called from any thread. Has no effect once the lock is taken. */
  void interrupt() { interrupted_ = true; }
  bool isInterrupted() const { return interrupted_; }

 private:
  std::chrono::milliseconds timeout_;
  std::atomic<bool> interrupted_ = false;
};

/** The file whose flock(2) is the xtables lock. It stays open from one hold of the lock to the
 * next. */
class XtablesLockFile {
 public:
  explicit XtablesLockFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  /**
   * Returns the file that the path names now. Opens it, or creates it, if the path names another
   * file than at the last call. Throws an Error of kind kLock.
   */
  std::shared_ptr<UniqueFd> open();

  /** Closes the file. The next call of open() opens it again. */
  void close() { opened_.reset(); }

 private:
  bool isStillThere() const;

  std::string path_;
  std::shared_ptr<UniqueFd> opened_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/**
 * The lock that every user of the legacy tables takes (iptables(8), -w). Without it, two
 * overlapping edits of one table both succeed and one of them is lost. It is held as long as the
 * object lives; an XtablesLockFile has at most one at a time.
 */
class XtablesLock {
 public:
  /**
   * Takes the lock. Throws an Error of kind kLock if the file cannot be opened or locked,
   * kLockTimeout if another process held it all the time, kInterrupted if the wait was interrupted,
   * and kClosed if `stop` was raised meanwhile.
   */
  static XtablesLock acquire(XtablesLockFile& file, const LockWait& wait, StopSignal& stop);

  XtablesLock(XtablesLock&&) = default;
  XtablesLock& operator=(XtablesLock&&) = delete;
  XtablesLock(const XtablesLock&) = delete;
  XtablesLock& operator=(const XtablesLock&) = delete;
  ~XtablesLock();

 private:
  explicit XtablesLock(std::shared_ptr<UniqueFd> fd) : fd_(std::move(fd)) {}

  std::shared_ptr<UniqueFd> fd_;
};

}  // namespace portshift::iptc
