#include "thread/job_thread.h"

#include <pthread.h>
#include <sched.h>

#include <csignal>
#include <utility>

#include "thread/busy_wait.h"

namespace portshift {

namespace {

/**
 * The time for which the thread spins: about as long as a program takes to request its next small
 * change.
 */
constexpr std::chrono::microseconds kAwake{120};
/**
 * The number of jobs in a row on the caller's processor after which the thread moves to another
 * one.
 */
constexpr int kJobsBeside = 8;

/**
 * Blocks all signals and names the thread. Signals are left to the program's own threads, which
 * expect them; they must not interrupt a system call here.
 */
void prepareThread() {
  sigset_t every;
  ::sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, nullptr);
  ::pthread_setname_np(::pthread_self(), "portshift");
}

/**
 * Makes the scheduler move the calling thread off the processor, if there is another one. The
 * thread's affinity is restored afterwards.
 */
void leaveProcessor(int processor) {
  cpu_set_t allowed;
  // This fails if the machine has more processors than a cpu_set_t holds.
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
  // On the caller's own processor the thread could only begin once the caller sleeps.
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
    // Spinning there would only delay the caller.
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
