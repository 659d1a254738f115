#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/bytes.h"

namespace portshift {

/** Parses pairs of lower-case hexadecimal digits. Returns nothing for any other text. */
std::optional<Bytes> parseHex(std::string_view digits);

std::string hexOf(ByteView bytes);

}  // namespace portshift
