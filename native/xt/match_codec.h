#pragma once

#include "xt/rule.h"

namespace portshift::xt {

/** Throws InvalidRule. */
Extension encodeMatch(const Match& match);

/** What none of the known matches encodes to, byte for byte, stays an Extension. */
Match decodeMatch(Extension extension);

}  // namespace portshift::xt
