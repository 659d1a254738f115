#include "common/job_thread.h"

#include <pthread.h>
#include <sched.h>

#include <csignal>
#include <utility>

#include "common/busy_wait.h"

namespace portshift {

namespace {

/** How long the thread stays awake: as long as it takes a program to have its next small change
 * made. */
constexpr std::chrono::microseconds kAwake{120};
/** So many jobs in a row on the caller's processor, and the thread tries another one. */
constexpr int kJobsBeside = 8;

/** Signals are for the threads of the program, which expect them; a call into the kernel here is
 * not to be interrupted. */
void prepareThread() {
  sigset_t every;
  ::sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, nullptr);
  ::pthread_setname_np(::pthread_self(), "portshift");
}

/** Has the scheduler move the calling thread, where there is another processor; it may stay where
 * it likes afterwards. */
void leaveProcessor(int processor) {
  cpu_set_t allowed;
  // It fails where there are more processors than fit the set.
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (CPU_COUNT(&others) == 0 || ::sched_setaffinity(0, sizeof others, &others) != 0) return;
  ::sched_setaffinity(0, sizeof allowed, &allowed);
}

}  // namespace

JobThread::JobThread() : thread_([this] { run(); }) {}

JobThread::~JobThread() {
  stop();
}

bool JobThread::post(Job job) {
  const int here = ::sched_getcpu();
  bool asleep = false;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (stopping_) return false;
    jobs_.push_back(std::move(job));
    callers_processor_ = here;
    calls_.fetch_add(1, std::memory_order_release);
    asleep = asleep_;
  }
  if (asleep) changed_.notify_one();
  return !asleep && processor_ != here;
}

void JobThread::wake(Job meanwhile) {
  const int here = ::sched_getcpu();
  // There it could only begin once the caller waits for it.
  if (processor_ == here) return;
  bool asleep = false;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    asleep = asleep_;
    if (stopping_ || (!asleep && !meanwhile)) return;
    callers_processor_ = here;
    woken_ = true;
    if (meanwhile) {
      jobs_.push_back(std::move(meanwhile));
      calls_.fetch_add(1, std::memory_order_release);
    }
  }
  if (asleep) changed_.notify_one();
}

bool JobThread::isFollowed(std::chrono::milliseconds longest) {
  stayAwake();
  std::unique_lock<std::mutex> guard(mutex_);
  asleep_ = true;
  changed_.wait_for(guard, longest, [this] { return stopping_ || !jobs_.empty(); });
  asleep_ = false;
  return !stopping_ && !jobs_.empty();
}

void JobThread::stop() {
  std::deque<Job> dropped;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
    calls_.fetch_add(1, std::memory_order_release);
  }
  stop_.raise();
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void JobThread::run() {
  prepareThread();
  Job job;
  while (take(job)) {
    processor_ = ::sched_getcpu();
    if (job) std::exchange(job, nullptr)(stop_);
    stayAwake();
  }
}

bool JobThread::take(Job& job) {
  std::unique_lock<std::mutex> guard(mutex_);
  woken_ = false;
  while (!stopping_ && jobs_.empty() && !woken_) {
    asleep_ = true;
    changed_.wait(guard);
    asleep_ = false;
  }
  if (stopping_) return false;
  if (jobs_.empty()) return true;
  job = std::move(jobs_.front());
  jobs_.pop_front();
  return true;
}

void JobThread::stayAwake() {
  processor_ = ::sched_getcpu();
  if (processor_ == callers_processor_) {
    // There it would only keep the caller from going on.
    if (++jobs_beside_ < kJobsBeside) return;
    leaveProcessor(callers_processor_);
    processor_ = ::sched_getcpu();
  }
  jobs_beside_ = 0;
  if (processor_ == callers_processor_) return;
  std::uint32_t calls = 0;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (stopping_ || !jobs_.empty()) return;
    calls = calls_.load(std::memory_order_relaxed);
  }
  busyWait(kAwake, [this, calls] { return calls_.load(std::memory_order_acquire) != calls; });
}

}  // namespace portshift
