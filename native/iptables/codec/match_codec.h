#pragma once

#include <string_view>

#include "iptables/codec/rule.h"

namespace portshift::xt {

/** Throws an InvalidRule if no comment match can contain the text. */
void checkComment(std::string_view text);

/** Encodes a match. Throws an InvalidRule. */
Extension encodeMatch(const Match& match);

/**
 * Decodes a match. It stays an Extension unless one of the known matches encodes to the same bytes.
 */
Match decodeMatch(Extension extension);

}  // namespace portshift::xt
