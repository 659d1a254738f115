#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "common/stop_signal.h"
#include "common/unique_fd.h"

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

/**
 * The lock that every user of the legacy tables takes (iptables(8), -w). Without it, two
 * overlapping edits of one table both succeed and one of them is lost. It is held as long as the
 * object lives.
 */
class XtablesLock {
 public:
  /**
   * Takes the lock. Throws an Error of kind kLock if the file cannot be opened or locked,
   * kLockTimeout if another process held it all the time, kInterrupted if the wait was interrupted,
   * and kClosed if `stop` was raised meanwhile.
   */
  static XtablesLock acquire(const std::string& file, const LockWait& wait, StopSignal& stop);

 private:
  explicit XtablesLock(UniqueFd fd) : fd_(std::move(fd)) {}

  // An flock(2) belongs to the open file, so closing the file unlocks it.
  UniqueFd fd_;
};

}  // namespace portshift::iptc
