#include "thread/completion.h"

#include <chrono>
#include <thread>

#include "check.h"

using portshift::Completion;
using std::chrono::milliseconds;

TEST("thread/completion", "is there at once where the other thread has finished") {
  for (const bool soon : {true, false}) {
    Completion completion;
    CHECK(!completion.finish());
    CHECK(completion.wait(soon));
  }
}

TEST("thread/completion", "comes to one of the two, in whatever order they do what they do") {
  for (int round = 0; round < 400; ++round) {
    Completion completion;
    bool told_otherwise = false;
    std::thread other([&] {
      if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(round % 300));
      told_otherwise = completion.finish();
    });
    const bool waited = completion.wait(round % 2 == 0);
    other.join();
    CHECK(waited != told_otherwise);
  }
}

TEST("thread/completion", "is not waited for longer than a moment") {
  Completion completion;
  CHECK(!completion.wait(true));
  CHECK(completion.finish());
}
