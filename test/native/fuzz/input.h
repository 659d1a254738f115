#pragma once

#include <cstdint>
#include <cstdlib>

#include "util/bytes.h"

/** What libFuzzer calls (https://llvm.org/docs/LibFuzzer.html). */
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace fuzz {

/** Reads an input from its front. */
class Input {
 public:
  Input(const std::uint8_t *data, std::size_t size) : rest_(data, size) {}

  std::uint8_t byte() {
    const std::uint8_t value = portshift::loadAt<std::uint8_t>(rest_);
    rest_ = rest_.sub(1, rest_.size());
    return value;
  }

  portshift::ByteView rest() const { return rest_; }
  bool isEmpty() const { return rest_.size() == 0; }

  /** At most that much, copied: what reads past it is found, and it is aligned as the kernel's
   * answers are. */
  portshift::Bytes take(std::size_t size) {
    const portshift::ByteView taken = rest_.sub(0, size);
    rest_ = rest_.sub(size, rest_.size());
    return {taken.begin(), taken.end()};
  }

 private:
  portshift::ByteView rest_;
};

/** What must hold for every input. */
inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace fuzz
