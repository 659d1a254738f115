#include "xt/utf8.h"

#include <cstdint>

namespace portshift::xt {

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

/** The length of the character that the text begins with, 0 where it begins with none (RFC 3629).
 */
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

}  // namespace

bool isUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = characterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace portshift::xt
