#include "common/job_thread.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace portshift {

namespace {

/** Signals are for the threads of the program, which expect them; a call into the kernel here is
 * not to be interrupted. */
void prepareThread() {
  sigset_t every;
  ::sigfillset(&every);
  ::pthread_sigmask(SIG_SETMASK, &every, nullptr);
  ::pthread_setname_np(::pthread_self(), "portshift");
}

}  // namespace

JobThread::JobThread() : thread_([this] { run(); }) {}

JobThread::~JobThread() {
  stop();
}

void JobThread::post(Job job) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (stopping_) return;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void JobThread::stop() {
  std::deque<Job> dropped;
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  stop_.raise();
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void JobThread::run() {
  prepareThread();
  for (;;) {
    Job job;
    {
      std::unique_lock<std::mutex> guard(mutex_);
      changed_.wait(guard, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job(stop_);
  }
}

}  // namespace portshift
