#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "nft/element.h"

namespace portshift::addon {

/** What is wrong with one of many elements. */
class InvalidElement : public std::invalid_argument {
 public:
  InvalidElement(std::size_t index, const std::string& expected)
      : std::invalid_argument(expected), index_(index) {}

  std::size_t index() const { return index_; }

 private:
  std::size_t index_;
};

/**
 * Elements as lib/backends/nft-elements.ts writes them: one text for all of them, as a value that
 * crosses from JavaScript costs the more the more parts it has. Each ends with a zero byte:
 * `KEY[-KEY_END][!][+][=DATA][ COMMENT]`, in hexadecimal digits but for the comment; `!` ends a
 * range, `+` begins one that nothing ends. Throws an InvalidElement.
 */
std::vector<nft::Element> parseElements(std::string_view text);

}  // namespace portshift::addon
