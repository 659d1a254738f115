#pragma once

#include <cstdint>
#include <functional>

namespace portshift::bench {

/** Reports the name and errno of a failed call on standard error and ends the process. */
[[noreturn]] void fail(const char *call);

/**
 * For every line `COUNT IDLE` on standard input, calls `swap` COUNT times after IDLE microseconds
 * of sleep each, and writes one line with the nanoseconds that each call took. Ends at the end of
 * the input.
 */
int serve(const std::function<void()>& swap);

}  // namespace portshift::bench
