#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "nftables/request.h"
#include "nftables/socket.h"
#include "util/error.h"

namespace portshift::nft {

/** Returns the generation of the ruleset. Throws an Error of kind kOpen. */
std::uint32_t readGeneration(Socket& socket);

/**
 * Repeats a read until the generation did not change meanwhile, or two reads returned equal
 * content. `Answered readOnce(T&)` is one attempt; a T has a `generation` and a function `equals`.
 * Throws an Error of kind kOpen.
 */
template <class T, class ReadOnce>
T readConsistently(Socket& socket, ReadOnce readOnce) {
  constexpr int kAttempts = 200;
  constexpr std::chrono::milliseconds kLongestPause{10};
  std::optional<T> previous;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    T next;
    const Answered answered = readOnce(next);
    if (answered == Answered::kWhole && readGeneration(socket) == next.generation) return next;
    if (answered == Answered::kLost) {
      previous.reset();
    } else if (previous && previous->equals(next)) {
      return next;
    } else {
      previous = std::move(next);
    }
    std::this_thread::sleep_for(std::min(std::chrono::milliseconds(attempt / 4), kLongestPause));
  }
  throw Error::fromErrno(ErrorKind::kOpen, "nf_tables", EAGAIN,
                         "was changed by others all the while it was being read");
}

}  // namespace portshift::nft
