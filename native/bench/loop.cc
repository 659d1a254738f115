#include "bench/loop.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

namespace portshift::bench {

void fail(const char *call) {
  std::perror(call);
  std::exit(1);
}

int serve(const std::function<void()>& swap) {
  using Clock = std::chrono::steady_clock;
  long count = 0;
  long idle = 0;
  while (std::cin >> count >> idle) {
    std::string answer;
    for (long done = 0; done < count; ++done) {
      if (idle > 0) std::this_thread::sleep_for(std::chrono::microseconds(idle));
      const auto start = Clock::now();
      swap();
      const auto taken = Clock::now() - start;
      answer.append(std::to_string(std::chrono::nanoseconds(taken).count())).push_back(' ');
    }
    answer.push_back('\n');
    std::cout << answer << std::flush;
  }
  return 0;
}

}  // namespace portshift::bench
