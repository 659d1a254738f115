#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/bytes.h"

namespace portshift {

/** A 64-bit hash with the same value in every process. It does not withstand an attacker. */
class Hash {
 public:
  Hash& add(ByteView bytes);
  Hash& add(std::string_view text) { return add(ByteView(text.data(), text.size())); }
  Hash& add(std::uint64_t word);
  std::uint64_t value() const;

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

/** Returns sixteen hexadecimal digits. */
std::string toHex(std::uint64_t value);

/** Parses the output of toHex(). Returns nothing for any other text. */
std::optional<std::uint64_t> fromHex(std::string_view text);

}  // namespace portshift
