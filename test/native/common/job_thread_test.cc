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
