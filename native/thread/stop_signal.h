#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

namespace portshift {

/**
 * A signal that any thread raises once, to make another thread stop waiting for something outside.
 */
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

  /**
   * Sets the function that wakes a thread which waits in another way, in poll(2) for instance. It
   * is called at once if the signal is already raised. An empty function removes it.
   */
  void wakeBy(std::function<void()> wake) {
    const std::lock_guard<std::mutex> guard(mutex_);
    wake_ = std::move(wake);
    if (raised_ && wake_) wake_();
  }

  /** Sleeps for `time`, or less if the signal is raised. Returns true if it is raised. */
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
