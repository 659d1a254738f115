#pragma once

#include <cstdint>
#include <optional>

#include "conntrack/socket_holder.h"
#include "netlink/netlink_socket.h"

namespace portshift::conntrack {

/**
 * The MPTCP connections of one network namespace (RFC 8684). A TCP socket of such a connection is a
 * subflow; the connection has a socket of its own above them, which the server's process holds, and
 * which outlives its last subflow (net.mptcp.close_timeout). SOCK_DESTROY ends subflows only.
 */
class MptcpSockets {
 public:
  MptcpSockets();

  /**
   * Ends the connection with that local token: the other side gets a reset with MP_FASTCLOSE, and
   * this side's socket is closed. The kernel does so only for a process that holds the socket and
   * disconnects it, so this is done through a borrowed descriptor. Returns 0, or the errno for
   * which the connection was not ended; ENOENT if it no longer exists.
   */
  int end(std::uint32_t token);

  void close() { socket_.close(); }

 private:
  std::optional<SocketName> find(std::uint32_t token);

  NetlinkSocket socket_;
};

/**
 * Reads the inode and cookie of a socket from an answer of sock_diag. Returns nothing if it is too
 * short.
 */
std::optional<SocketName> readSocketName(ByteView payload);

}  // namespace portshift::conntrack
