#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "nftables/batch.h"

namespace portshift::addon {

/** An error in one of many lines. */
class InvalidLine : public std::invalid_argument {
 public:
  InvalidLine(std::size_t index, const std::string& expected)
      : std::invalid_argument(expected + " as line " + std::to_string(index)) {}
};

/**
 * Adds the NewElements and DeleteElements that lib/backends/nft/elements.ts writes to the batch.
 * All of them cross from JavaScript as one text, because the cost of a value grows with its number
 * of parts. Lines end with a zero byte. `+SET` begins new elements of a set, `-SET` elements to
 * delete; each following line is an element, `KEY[-KEY_END][!][+][=DATA][ COMMENT]`, in hexadecimal
 * digits except for the comment: `!` ends a range, `+` begins a range without an end. Throws an
 * InvalidLine, or an Error if an element does not fit a message.
 */
void addElements(nft::Batch& batch, std::string_view text);

}  // namespace portshift::addon
