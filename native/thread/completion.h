#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "thread/busy_wait.h"

namespace portshift {

/** A one-shot event that one thread signals and another awaits for a bounded time. */
class Completion {
 public:
  Completion() = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;
  ~Completion() = default;

  /**
   * Signals the event. Returns true if the waiter has timed out and must be notified in another
   * way.
   */
  [[nodiscard]] bool finish() {
    const std::lock_guard<std::mutex> guard(mutex_);
    done_.store(true, std::memory_order_release);
    changed_.notify_one();
    return gone_;
  }

  /**
   * Waits for `finish()`: it spins for kAwake first if `elsewhere` (the other thread runs on
   * another processor), then sleeps for kAsleep at most. Returns false on a timeout. May be called
   * once.
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
