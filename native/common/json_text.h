#pragma once

#include <string>
#include <string_view>

namespace portshift {

/**
 * Appends the text as a string of JSON, with the escapes that JSON.stringify() writes; also of what
 * is no UTF-8, as common/utf8.h says.
 */
void appendJsonText(std::string& json, std::string_view text);

}  // namespace portshift
