#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

namespace portshift {

/** Raised once, by any thread, to tell a thread that waits for something outside to give up. */
class StopSignal {
 public:
  void raise() {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      raised_ = true;
      if (wake_) wake_();
    }
    changed_.notify_all();
  }

  /** Who waits for something else, in poll(2) for instance, is woken up by that; at once where the
   * signal is raised already. Empty: no longer. */
  void wakeBy(std::function<void()> wake) {
    const std::lock_guard<std::mutex> guard(mutex_);
    wake_ = std::move(wake);
    if (raised_ && wake_) wake_();
  }

  /** Sleeps that long, or shorter where the signal is raised; says whether it is. */
  bool sleepFor(std::chrono::milliseconds time) {
    std::unique_lock<std::mutex> guard(mutex_);
    return changed_.wait_for(guard, time, [this] { return raised_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
  std::function<void()> wake_;
};

}  // namespace portshift
