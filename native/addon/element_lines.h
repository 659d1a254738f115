#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "nft/batch.h"

namespace portshift::addon {

/** What is wrong with one of many lines. */
class InvalidLine : public std::invalid_argument {
 public:
  InvalidLine(std::size_t index, const std::string& expected)
      : std::invalid_argument(expected + " as line " + std::to_string(index)) {}
};

/**
 * NewElements and DeleteElements as lib/backends/nft-elements.ts writes them: one text for all of
 * them, as a value that crosses from JavaScript costs the more the more parts it has. Lines end
 * with a zero byte. `+SET` begins elements that are new, `-SET` those to delete; then, for each,
 * `KEY[-KEY_END][!][+][=DATA][ COMMENT]`, in hexadecimal digits but for the comment: `!` ends a
 * range, `+` begins one that nothing ends. Throws an InvalidLine, or an Error for what no message
 * can carry.
 */
void addElements(nft::Batch& batch, std::string_view text);

}  // namespace portshift::addon
