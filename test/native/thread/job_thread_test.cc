#include "thread/job_thread.h"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <future>
#include <vector>

#include "check.h"

using portshift::JobThread;
using portshift::StopSignal;
using std::chrono::milliseconds;

TEST("thread/job_thread", "runs jobs in order, on one other thread") {
  JobThread thread;
  std::vector<int> order;
  std::vector<std::thread::id> ids;
  std::promise<void> done;
  for (int i = 0; i < 100; ++i) {
    thread.post([&, i](StopSignal&) {
      order.push_back(i);
      ids.push_back(std::this_thread::get_id());
      if (i == 99) done.set_value();
    });
  }
  done.get_future().wait();
  for (int i = 0; i < 100; ++i) CHECK_EQUAL(order[i], i);
  for (const auto id : ids) CHECK(id == ids.front() && id != std::this_thread::get_id());
}

TEST("thread/job_thread", "stop() lets the job under way end and drops the others") {
  JobThread thread;
  std::promise<void> begun;
  std::atomic<bool> ended = false;
  std::atomic<bool> dropped_ran = false;
  thread.post([&](StopSignal&) {
    begun.set_value();
    std::this_thread::sleep_for(milliseconds(50));
    ended = true;
  });
  thread.post([&](StopSignal&) { dropped_ran = true; });
  begun.get_future().wait();
  thread.stop();
  CHECK(ended);
  CHECK(!dropped_ran);
  thread.stop();
  thread.post([&](StopSignal&) { dropped_ran = true; });
  CHECK(!dropped_ran);
}

TEST("thread/job_thread", "stop() wakes a job that waits for something outside") {
  JobThread thread;
  std::promise<void> begun;
  std::atomic<bool> woken = false;
  thread.post([&](StopSignal& stop) {
    begun.set_value();
    woken = stop.sleepFor(milliseconds(60'000));
  });
  begun.get_future().wait();
  thread.stop();
  CHECK(woken);
}

TEST("thread/job_thread", "runs what comes while it stays awake, sleeps, or is woken up") {
  JobThread thread;
  std::atomic<int> ran = 0;
  for (int i = 1; i <= 400; ++i) {
    if (i % 3 == 0) thread.wake();
    if (i % 5 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50 * (i % 8)));
    std::promise<void> done;
    thread.post([&](StopSignal&) {
      ++ran;
      done.set_value();
    });
    done.get_future().wait();
    CHECK_EQUAL(ran.load(), i);
  }
}

TEST("thread/job_thread", "a job can wait for the next one, but not for ever") {
  JobThread thread;
  const auto isFollowed = [&thread](milliseconds longest, bool is_posted) {
    std::promise<bool> followed;
    std::promise<void> begun;
    thread.post([&](StopSignal&) {
      begun.set_value();
      followed.set_value(thread.isFollowed(longest));
    });
    begun.get_future().wait();
    std::this_thread::sleep_for(milliseconds(5));
    // Waking it up alone is no job.
    thread.wake();
    if (is_posted) thread.post([](StopSignal&) {});
    return followed.get_future().get();
  };
  CHECK(isFollowed(milliseconds(60'000), true));
  CHECK(!isFollowed(milliseconds(20), false));
}

TEST("thread/job_thread", "stop() ends a job's wait for the next one") {
  JobThread thread;
  std::promise<void> begun;
  std::atomic<bool> followed = true;
  thread.post([&](StopSignal&) {
    begun.set_value();
    followed = thread.isFollowed(milliseconds(60'000));
  });
  begun.get_future().wait();
  thread.stop();
  CHECK(!followed);
}

namespace {

/** Keeps the calling thread on one processor, and lets it go where it could before. */
class OnProcessor {
 public:
  explicit OnProcessor(int processor) {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(processor, &only);
    CHECK_EQUAL(::sched_setaffinity(0, sizeof only, &only), 0);
  }
  OnProcessor(const OnProcessor&) = delete;
  OnProcessor& operator=(const OnProcessor&) = delete;
  ~OnProcessor() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_{};
};

std::vector<int> processors() {
  cpu_set_t allowed;
  CHECK_EQUAL(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  std::vector<int> found;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &allowed)) found.push_back(i);
  }
  return found;
}

/** What post() says while the thread is at a job, with both of them where they are put. */
bool isAwakeElsewhere(int caller, int thread_processor) {
  std::promise<void> ready;
  std::promise<void> begun;
  std::promise<void> over;
  // The last one, so that it ends before what its jobs refer to does.
  JobThread thread;
  thread.post([&](StopSignal&) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(thread_processor, &only);
    ::sched_setaffinity(0, sizeof only, &only);
    ready.set_value();
  });
  ready.get_future().wait();
  std::this_thread::sleep_for(milliseconds(20));
  const OnProcessor here(caller);
  CHECK(!thread.post([&](StopSignal&) {
    begun.set_value();
    over.get_future().wait();
  }));
  begun.get_future().wait();
  const bool awake = thread.post([](StopSignal&) {});
  over.set_value();
  return awake;
}

}  // namespace

TEST("thread/job_thread", "what is done meanwhile comes before the job") {
  JobThread thread;
  std::vector<int> order;
  for (int round = 0; round < 20; ++round) {
    order.clear();
    std::promise<void> done;
    thread.wake([&](StopSignal&) { order.push_back(1); });
    thread.post([&](StopSignal&) {
      order.push_back(2);
      done.set_value();
    });
    done.get_future().wait();
    // It is left out where the thread is on the caller's processor.
    CHECK(order.back() == 2 && order.size() <= 2);
    if (round % 2 == 0) std::this_thread::sleep_for(milliseconds(1));
  }
}

TEST("thread/job_thread",
     "says that it is asleep, and at a job that it is not, where another processor has it") {
  const std::vector<int> all = processors();
  CHECK(!isAwakeElsewhere(all.front(), all.front()));
  if (all.size() > 1) CHECK(isAwakeElsewhere(all.front(), all.back()));
}

TEST("thread/job_thread", "stops whether it is awake or asleep") {
  for (int round = 0; round < 50; ++round) {
    JobThread thread;
    thread.wake();
    if (round % 2 == 0) thread.post([](StopSignal&) {});
    if (round % 5 == 0) std::this_thread::sleep_for(milliseconds(1));
    thread.stop();
    thread.wake();
  }
}
