#pragma once

#include <stdexcept>

namespace portshift::xt {

/** An error for a value that no rule can contain. */
class InvalidRule : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

}  // namespace portshift::xt
