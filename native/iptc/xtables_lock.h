#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "common/stop_signal.h"
#include "common/unique_fd.h"

namespace portshift::iptc {

/** How long one call waits for the lock, and whether it still does. */
class LockWait {
 public:
  LockWait(std::chrono::milliseconds timeout)  // NOLINT(google-explicit-constructor): that long
      : timeout_(timeout) {}

  std::chrono::milliseconds timeout() const { return timeout_; }

  /** Ends the wait, from any thread; does nothing where the lock has been taken. */
  void interrupt() { interrupted_ = true; }
  bool isInterrupted() const { return interrupted_; }

 private:
  std::chrono::milliseconds timeout_;
  std::atomic<bool> interrupted_ = false;
};

/**
 * The lock that every user of the legacy tables takes (iptables(8), -w): without it, two edits of
 * one table that overlap both succeed and one of them is lost. Held as long as the object lives.
 */
class XtablesLock {
 public:
  /**
   * Throws an Error of kind kLock where the file cannot be opened or locked, kLockTimeout where
   * someone else held it all the time, kInterrupted where the wait was interrupted, and kClosed
   * where `stop` was raised meanwhile.
   */
  static XtablesLock acquire(const std::string& file, const LockWait& wait, StopSignal& stop);

 private:
  explicit XtablesLock(UniqueFd fd) : fd_(std::move(fd)) {}

  // flock(2) belongs to the open file: closing it unlocks.
  UniqueFd fd_;
};

}  // namespace portshift::iptc
