#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "common/stop_signal.h"

namespace portshift {

/**
 * One thread that runs jobs one after the other, in the order in which they were posted.
 * All members may be called from any thread but its own.
 */
class JobThread {
 public:
  /** Must not throw: nothing above it could handle that. */
  using Job = std::function<void(StopSignal& stop)>;

  JobThread();
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  void post(Job job);

  /** Raises the stop signal; jobs go on being run. */
  void interrupt() { stop_.raise(); }

  /** Lets the job under way end, drops those not begun and joins the thread. Idempotent. */
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  StopSignal stop_;
  // Last, so that everything the thread uses exists before it starts.
  std::thread thread_;
};

}  // namespace portshift
