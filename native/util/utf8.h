#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace portshift {

// The kernel's names are bytes. A byte that is not part of a UTF-8 character becomes a lone
// surrogate in JavaScript, U+DC80 to U+DCFF, which UTF-8 cannot encode, and is restored from it:
// "\udcff" in JSON.

/** The offset from a byte to the lone surrogate that stands for it. */
inline constexpr std::uint32_t kByteEscape = 0xdc00;

/** Returns true if a JavaScript string can represent the text without loss. */
bool isUtf8(std::string_view text);

/**
 * Returns the length in bytes of the first character, or 0 if the text does not begin with one (RFC
 * 3629).
 */
std::size_t characterLength(std::string_view text);

/** Converts the text to UTF-16, with bytes that are not UTF-8 as lone surrogates. */
std::u16string utf16Of(std::string_view text);

}  // namespace portshift
