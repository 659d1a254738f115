#pragma once

#include <cerrno>

namespace portshift {

/**
 * Returns the errno of a struct nlmsgerr, where it is negative or 0. A value that no kernel sends
 * becomes EPROTO.
 */
inline int netlinkErrno(int error) {
  constexpr int kLastErrno = 4095;  // MAX_ERRNO of linux/err.h
  return error <= 0 && error >= -kLastErrno ? -error : EPROTO;
}

}  // namespace portshift
