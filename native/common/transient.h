#pragma once

#include <cerrno>

namespace portshift {

/** Whether the kernel has done nothing, and may do it when it is asked again a little later. */
inline bool isTransient(int code) {
  return code == EAGAIN || code == EINTR || code == ENOBUFS;
}

}  // namespace portshift
