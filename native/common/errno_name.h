#pragma once

#include <string>

namespace portshift {

/** "EPERM" for EPERM; "errno 4711" for a number without a name here. */
std::string errnoName(int code);

}  // namespace portshift
