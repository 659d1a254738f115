#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "common/busy_wait.h"

namespace portshift {

/** The end of something that another thread does, for one that waits for it a moment, and no
 * longer. */
class Completion {
 public:
  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  ~Completion() = default;

  /** Says whether the other thread has gone and wants to be told in another way. */
  [[nodiscard]] bool finish() {
    const std::lock_guard<std::mutex> guard(mutex_);
    done_.store(true, std::memory_order_release);
    changed_.notify_one();
    return gone_;
  }

  /**
   * Waits for `finish()`, first without sleeping where another processor is at it. False: it did
   * not come, and the caller is gone. To be called once.
   */
  [[nodiscard]] bool wait(bool elsewhere) {
    if (elsewhere) busyWait(kAwake, [this] { return done_.load(std::memory_order_acquire); });
    std::unique_lock<std::mutex> guard(mutex_);
    if (changed_.wait_for(guard, kAsleep, [this] { return done_.load(); })) return true;
    gone_ = true;
    return false;
  }

 private:
  static constexpr std::chrono::microseconds kAwake{120};
  static constexpr std::chrono::microseconds kAsleep{210};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> done_ = false;
  bool gone_ = false;
};

}  // namespace portshift
