#include "common/hash.h"

#include <charconv>
#include <cstring>
#include <system_error>

namespace portshift {

namespace {

constexpr std::uint64_t kMultiplier = 0xd6e8feb86659fd93;

std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 32;
  value *= kMultiplier;
  value ^= value >> 32;
  value *= kMultiplier;
  return value ^ (value >> 32);
}

}  // namespace

Hash& Hash::add(std::uint64_t word) {
  state_ = (state_ ^ word) * kMultiplier;
  state_ ^= state_ >> 29;
  return *this;
}

Hash& Hash::add(ByteView bytes) {
  // The length goes in first, so that "ab" + "c" and "a" + "bc" differ.
  add(static_cast<std::uint64_t>(bytes.size()));
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::size_t offset = 0;
  for (; offset + kWord <= bytes.size(); offset += kWord) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + offset, kWord);
    add(word);
  }
  if (offset < bytes.size()) add(loadAt<std::uint64_t>(bytes, offset));
  return *this;
}

std::uint64_t Hash::value() const {
  return mix(state_);
}

std::string toHex(std::uint64_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
    *digit = kDigits[value & 15];
    value >>= 4;
  }
  return text;
}

std::optional<std::uint64_t> fromHex(std::string_view text) {
  std::uint64_t value = 0;
  const char *const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value, 16);
  const bool is_whole = error == std::errc() && last == end && toHex(value) == text;
  return is_whole ? std::optional(value) : std::nullopt;
}

}  // namespace portshift
