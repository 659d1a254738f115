#pragma once

#include <string>

namespace portshift {

/**
 * Returns the symbolic name of an errno ("EPERM" for EPERM), or "errno 4711" for an unlisted
 * number.
 */
std::string errnoName(int code);

}  // namespace portshift
