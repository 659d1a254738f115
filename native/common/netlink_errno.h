#pragma once

#include <cerrno>

namespace portshift {

/** The errno in a struct nlmsgerr, where it is negative, or 0. What no kernel sends is EPROTO. */
inline int netlinkErrno(int error) {
  constexpr int kLastErrno = 4095;  // MAX_ERRNO of linux/err.h
  return error <= 0 && error >= -kLastErrno ? -error : EPROTO;
}

}  // namespace portshift
