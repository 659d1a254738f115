#pragma once

#include <sched.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "common/stop_signal.h"

namespace portshift {

/**
 * One thread that runs jobs one after the other, in the order in which they were posted. After a
 * job it stays awake for a moment, unless the caller is on the same processor, which it leaves if
 * it finds itself there again and again: waking a thread that sleeps on another one takes longer
 * than a small job does. All members but isElsewhere() and isFollowed() may be called from any
 * thread but its own.
 */
class JobThread {
 public:
  /** Must not throw: nothing above it could handle that. */
  using Job = std::function<void(StopSignal& stop)>;

  JobThread();
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  /** Says whether the thread is awake on another processor, so that a small job may be done at
   * once. */
  bool post(Job job);

  /** A job is about to come: has the thread wait for it awake, and do `meanwhile` first, where it
   * is on another processor. */
  void wake(Job meanwhile = nullptr);

  /** Whether the thread is on another processor than who called last; for a job to ask. */
  bool isElsewhere() const { return ::sched_getcpu() != callers_processor_; }

  /** Whether another job comes within so long; for a job to ask, which waits for it. */
  bool isFollowed(std::chrono::milliseconds longest);

  /** Raises the stop signal; jobs go on being run. */
  void interrupt() { stop_.raise(); }

  /** Lets the job under way end, drops those not begun and joins the thread. Idempotent. */
  void stop();

 private:
  void run();
  /** False at the end; no job where the thread was only woken up. */
  bool take(Job& job);
  void stayAwake();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool asleep_ = false;
  bool woken_ = false;
  bool stopping_ = false;
  /** Where who called last was. */
  std::atomic<int> callers_processor_ = -1;
  /** Where the thread was when it last looked. */
  std::atomic<int> processor_ = -1;
  /** In a row on the caller's processor; the thread's own. */
  int jobs_beside_ = 0;
  /** Counts whatever ends the moment for which the thread stays awake. */
  std::atomic<std::uint32_t> calls_ = 0;
  StopSignal stop_;
  // Last, so that everything the thread uses exists before it starts.
  std::thread thread_;
};

}  // namespace portshift
