#pragma once

#include <chrono>

namespace portshift {

/** Hints to the processor that this is a spin loop (PAUSE or YIELD). */
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  asm volatile("yield");
#endif
}

/**
 * Spins, without sleeping, until `isDone()` returns true or `longest` has passed. Returns true if
 * `isDone()` did. Suits short waits for work on another processor.
 */
template <class IsDone>
bool busyWait(std::chrono::microseconds longest, IsDone isDone) {
  constexpr int kLooksPerClock = 16;
  if (isDone()) return true;
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
