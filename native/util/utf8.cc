#include "util/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace portshift {

namespace {

struct Form {
  std::uint8_t lead_mask;
  std::uint8_t lead;
  std::size_t following;
  std::uint32_t smallest;
};

constexpr Form kForms[] = {
    {0x80, 0x00, 0, 0x0},
    {0xe0, 0xc0, 1, 0x80},
    {0xf0, 0xe0, 2, 0x800},
    {0xf8, 0xf0, 3, 0x10000},
};

/**
 * Returns the number of leading ASCII bytes, rounded down to whole words: most texts are all ASCII.
 */
std::size_t asciiWords(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t length = 0;
  for (std::uint64_t word = 0; length + sizeof word <= text.size(); length += sizeof word) {
    std::memcpy(&word, text.data() + length, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  return length;
}

}  // namespace

std::size_t characterLength(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  for (const Form& form : kForms) {
    if ((lead & form.lead_mask) != form.lead) continue;
    if (text.size() <= form.following) return 0;
    std::uint32_t code = lead & static_cast<std::uint8_t>(~form.lead_mask);
    for (std::size_t i = 1; i <= form.following; ++i) {
      const auto next = static_cast<std::uint8_t>(text[i]);
      if ((next & 0xc0) != 0x80) return 0;
      code = code << 6 | (next & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < form.smallest || code > 0x10ffff || surrogate ? 0 : form.following + 1;
  }
  return 0;
}

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(asciiWords(text));
    if (text.empty()) return true;
    const std::size_t length = characterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::u16string utf16Of(std::string_view text) {
  std::u16string units;
  units.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = characterLength(text);
    const auto lead = static_cast<std::uint8_t>(text.front());
    std::uint32_t code = length == 0 ? kByteEscape + lead : lead;
    if (length > 1) {
      code = lead & (0xffU >> (length + 1));
      for (std::size_t i = 1; i < length; ++i)
        code = code << 6U | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
    }
    if (code >= 0x10000) {
      units += static_cast<char16_t>(0xd7c0 + (code >> 10U));
      code = 0xdc00 + (code & 0x3ffU);
    }
    units += static_cast<char16_t>(code);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return units;
}

}  // namespace portshift
