#pragma once

#include <chrono>
#include <string>

#include "common/stop_signal.h"
#include "common/unique_fd.h"

namespace portshift::iptc {

/**
 * The lock that every user of the legacy tables takes (iptables(8), -w): without it, two edits of
 * one table that overlap both succeed and one of them is lost. Held as long as the object lives.
 */
class XtablesLock {
 public:
  /**
   * Throws an Error of kind kLock where the file cannot be opened or locked, kLockTimeout where
   * someone else held it all the time, and kClosed where `stop` was raised meanwhile.
   */
  static XtablesLock acquire(const std::string& file, std::chrono::milliseconds timeout,
                             StopSignal& stop);

 private:
  explicit XtablesLock(UniqueFd fd) : fd_(std::move(fd)) {}

  // flock(2) belongs to the open file: closing it unlocks.
  UniqueFd fd_;
};

}  // namespace portshift::iptc
