#pragma once

#include <stdexcept>

namespace portshift::xt {

/** A value that no rule can carry. */
class InvalidRule : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

}  // namespace portshift::xt
