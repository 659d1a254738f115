#pragma once

#include <cstdint>

#include "common/unique_fd.h"

namespace portshift::conntrack {

/** What names one socket of the host: its inode in /proc/PID/fd, and the cookie, which no later
 * socket has. */
struct SocketName {
  std::uint32_t inode = 0;
  std::uint64_t cookie = 0;
};

/** A descriptor of somebody else's socket, or the errno that says why there is none. */
struct Borrowed {
  UniqueFd fd;
  int code = 0;
};

/**
 * Borrows a socket from a process that has it open (pidfd_getfd(2), Linux 5.6), as a debugger
 * would: needs CAP_SYS_PTRACE for processes of other users, and that their pids are seen here.
 * ESRCH where no process is seen to have it, as before accept(2).
 */
Borrowed borrowSocket(const SocketName& name);

}  // namespace portshift::conntrack
