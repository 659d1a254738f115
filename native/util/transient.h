#pragma once

#include <cerrno>

namespace portshift {

/** Returns true if the kernel has done nothing and a later retry may succeed. */
inline bool isTransient(int code) {
  return code == EAGAIN || code == EINTR || code == ENOBUFS;
}

}  // namespace portshift
