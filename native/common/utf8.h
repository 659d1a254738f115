#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portshift {

// The kernel's names are bytes. JavaScript gets a byte that is no part of a character as a lone
// surrogate, U+DC80 to U+DCFF, of which no UTF-8 comes, and gives it back as one: "\udcff" in
// JSON.

/** What a lone surrogate that stands for a byte adds to it. */
inline constexpr std::uint32_t kByteEscape = 0xdc00;

/** Whether a JavaScript string can carry the text without loss. */
bool isUtf8(std::string_view text);

/** The length of the character that the text begins with, 0 where it begins with none (RFC 3629).
 */
std::size_t characterLength(std::string_view text);

/** The text as JavaScript has it. */
std::u16string utf16Of(std::string_view text);

}  // namespace portshift
