#pragma once

#include <cstdint>

#include "util/unique_fd.h"

namespace portshift::conntrack {

/**
 * The identity of one socket of the host: its inode in /proc/PID/fd, and its cookie, which is never
 * reused.
 */
struct SocketName {
  std::uint32_t inode = 0;
  std::uint64_t cookie = 0;
};

/** A descriptor of another process's socket, or the errno for which there is none. */
struct Borrowed {
  UniqueFd fd;
  int code = 0;
};

/**
 * Borrows a socket from a process that has it open (pidfd_getfd(2), Linux 5.6), as a debugger
 * would. This needs CAP_SYS_PTRACE for processes of other users, and a PID namespace in which the
 * process is visible. The errno is ESRCH if no visible process has the socket open, as before
 * accept(2).
 */
Borrowed borrowSocket(const SocketName& name);

}  // namespace portshift::conntrack
