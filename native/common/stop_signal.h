#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace portshift {

/** Raised once, by any thread, to tell a thread that waits for something outside to give up. */
class StopSignal {
 public:
  void raise() {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      raised_ = true;
    }
    changed_.notify_all();
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
};

}  // namespace portshift
