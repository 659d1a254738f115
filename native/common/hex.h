#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/bytes.h"

namespace portshift {

/** The bytes that pairs of lower-case hexadecimal digits stand for; nothing where the text is not
 * that. */
std::optional<Bytes> parseHex(std::string_view digits);

std::string hexOf(ByteView bytes);

}  // namespace portshift
