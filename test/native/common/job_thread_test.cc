#include "common/job_thread.h"

#include <atomic>
#include <chrono>
#include <future>
#include <vector>

#include "check.h"

using portshift::JobThread;
using portshift::StopSignal;
using std::chrono::milliseconds;

TEST("common/job_thread", "runs jobs in order, on one other thread") {
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

TEST("common/job_thread", "stop() lets the job under way end and drops the others") {
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

TEST("common/job_thread", "stop() wakes a job that waits for something outside") {
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

TEST("common/job_thread", "runs what comes while it stays awake, sleeps, or is woken up") {
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

TEST("common/job_thread", "says that it is asleep, and after a job that it is not") {
  std::promise<void> begun;
  std::promise<void> over;
  // The last one, so that it ends before what its jobs refer to does.
  JobThread thread;
  std::this_thread::sleep_for(milliseconds(200));
  CHECK(!thread.post([&](StopSignal&) {
    begun.set_value();
    over.get_future().wait();
  }));
  begun.get_future().wait();
  CHECK(thread.post([](StopSignal&) {}));
  over.set_value();
}

TEST("common/job_thread", "stops whether it is awake or asleep") {
  for (int round = 0; round < 50; ++round) {
    JobThread thread;
    thread.wake();
    if (round % 2 == 0) thread.post([](StopSignal&) {});
    if (round % 5 == 0) std::this_thread::sleep_for(milliseconds(1));
    thread.stop();
    thread.wake();
  }
}
