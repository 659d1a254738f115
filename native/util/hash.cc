#include "util/hash.h"

#include <charconv>
#include <cstring>
#include <system_error>

namespace portshift {

namespace {

constexpr std::uint64_t kMultiplier = 0xd6e8feb86659fd93;

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kStride = 4 * kWord;

std::uint64_t wordAt(const std::uint8_t *bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, kWord);
  return word;
}

std::uint64_t stir(std::uint64_t state, std::uint64_t word) {
  state = (state ^ word) * kMultiplier;
  return state ^ (state >> 29);
}

std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 32;
  value *= kMultiplier;
  value ^= value >> 32;
  value *= kMultiplier;
  return value ^ (value >> 32);
}

}  // namespace

Hash& Hash::add(std::uint64_t word) {
  state_ = stir(state_, word);
  return *this;
}

Hash& Hash::add(ByteView bytes) {
  // The length is hashed first, so that "ab" + "c" and "a" + "bc" differ.
  add(static_cast<std::uint64_t>(bytes.size()));
  std::size_t offset = 0;
  if (bytes.size() >= kStride) {
    // Four independent lanes let the processor work on four words in parallel.
    std::uint64_t first = state_;
    std::uint64_t second = state_ + 1;
    std::uint64_t third = state_ + 2;
    std::uint64_t fourth = state_ + 3;
    for (; offset + kStride <= bytes.size(); offset += kStride) {
      const std::uint8_t *const words = bytes.data() + offset;
      first = stir(first, wordAt(words));
      second = stir(second, wordAt(words + kWord));
      third = stir(third, wordAt(words + 2 * kWord));
      fourth = stir(fourth, wordAt(words + 3 * kWord));
    }
    add(first).add(second).add(third).add(fourth);
  }
  for (; offset + kWord <= bytes.size(); offset += kWord) add(wordAt(bytes.data() + offset));
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
