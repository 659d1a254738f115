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

#include "thread/stop_signal.h"

namespace portshift {

/**
 * One thread that runs jobs one after the other, in the order in which they were posted. After a
 * job it spins for kAwake, because waking a thread that sleeps on another processor takes longer
 * than a small job does. If the caller runs on the same processor, the thread sleeps at once, and
 * after kJobsBeside such jobs in a row it asks the scheduler to move it. All members but
 * isElsewhere() and isFollowed() may be called from any thread but its own.
 */
class JobThread {
 public:
  /** A unit of work. It must not throw: nothing above it could handle an exception. */
  using Job = std::function<void(StopSignal& stop)>;

  JobThread();
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  /**
   * Queues a job. Returns true if the thread is awake on another processor, so that a small job may
   * finish at once.
   */
  bool post(Job job);

  /**
   * Announces a job: if the thread is on another processor, it wakes up, runs `meanwhile`, if
   * given, and then spins for kAwake.
   */
  void wake(Job meanwhile = nullptr);

  /**
   * Returns true if the thread runs on another processor than the last caller. Only jobs may call
   * it.
   */
  bool isElsewhere() const { return ::sched_getcpu() != callers_processor_; }

  /**
   * Waits for another job to be queued, for `longest` at most. Returns true if one is. Only jobs
   * may call it.
   */
  bool isFollowed(std::chrono::milliseconds longest);

  /** Raises the stop signal; jobs continue to run. */
  void interrupt() { stop_.raise(); }

  /** Lets the running job end, drops the queued ones and joins the thread. Idempotent. */
  void stop();

 private:
  void run();
  /**
   * Takes the next job off the queue. Returns false once the thread is to end; leaves `job` empty
   * if the thread was only woken.
   */
  bool take(Job& job);
  void stayAwake();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool asleep_ = false;
  bool woken_ = false;
  bool stopping_ = false;
  /** The processor of the last caller. */
  std::atomic<int> callers_processor_ = -1;
  /** The processor of the thread when it last checked. */
  std::atomic<int> processor_ = -1;
  /** The number of jobs in a row on the caller's processor. Only the thread itself uses it. */
  int jobs_beside_ = 0;
  /** A counter of the events that end the thread's spinning. */
  std::atomic<std::uint32_t> calls_ = 0;
  StopSignal stop_;
  // The thread is the last member, so that everything it uses exists before it starts.
  std::thread thread_;
};

}  // namespace portshift
