#pragma once

#include <cstdint>
#include <functional>

namespace portshift::bench {

/** A call that failed: its name and errno go to standard error, and the process ends. */
[[noreturn]] void fail(const char *call);

/**
 * For every line `COUNT IDLE` on standard input, runs `swap` COUNT times with IDLE microseconds of
 * sleep before each, and answers in one line how many nanoseconds each took. Ends with its input.
 */
int serve(const std::function<void()>& swap);

}  // namespace portshift::bench
