#pragma once

#include <string_view>

#include "xt/rule.h"

namespace portshift::xt {

/** Throws an InvalidRule where no comment match can hold it. */
void checkComment(std::string_view text);

/** Throws InvalidRule. */
Extension encodeMatch(const Match& match);

/** What none of the known matches encodes to, byte for byte, stays an Extension. */
Match decodeMatch(Extension extension);

}  // namespace portshift::xt
