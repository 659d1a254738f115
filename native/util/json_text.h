#pragma once

#include <string>
#include <string_view>

namespace portshift {

/**
 * Appends the text as a JSON string, with the escapes that JSON.stringify() writes. Bytes that are
 * not UTF-8 are written as common/utf8.h describes.
 */
void appendJsonText(std::string& json, std::string_view text);

}  // namespace portshift
