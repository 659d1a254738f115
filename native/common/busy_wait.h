#pragma once

#include <sched.h>

#include <chrono>

namespace portshift {

/** Tells the processor that this is a loop that waits for another one. */
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  asm volatile("yield");
#endif
}

/** Whether another thread can get on while this one waits without sleeping. */
inline bool canBusyWait() {
  cpu_set_t allowed;
  // It fails where there are more processors than fit the set.
  return ::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) > 1;
}

/**
 * Waits without sleeping until `isDone()`, for `longest` at most; says whether that came. With one
 * processor it does not wait.
 */
template <class IsDone>
bool busyWait(std::chrono::microseconds longest, IsDone isDone) {
  constexpr int kLooksPerClock = 16;
  if (isDone()) return true;
  if (!canBusyWait()) return false;
  const auto end = std::chrono::steady_clock::now() + longest;
  do {
    for (int look = 0; look < kLooksPerClock; ++look) {
      if (isDone()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return isDone();
}

}  // namespace portshift
