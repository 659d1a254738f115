#pragma once

#include <string_view>

namespace portshift::xt {

/** Whether a JavaScript string can carry the text without loss. */
bool isUtf8(std::string_view text);

}  // namespace portshift::xt
