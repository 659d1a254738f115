#pragma once

#include <cstdint>
#include <optional>

#include "conntrack/netlink_socket.h"
#include "conntrack/socket_holder.h"

namespace portshift::conntrack {

/**
 * The MPTCP connections of one namespace (RFC 8684). A TCP socket of one is a subflow; the
 * connection has a socket of its own above them, which the server's process holds, and which
 * outlives its last subflow (net.mptcp.close_timeout). SOCK_DESTROY ends subflows only.
 */
class MptcpSockets {
 public:
  MptcpSockets();

  /**
   * Ends the connection with that local token: the other side gets a reset with MP_FASTCLOSE, and
   * this one's socket is closed. The kernel does that for the process that holds the socket alone,
   * when it disconnects it; so that is done through a borrowed descriptor. Returns 0 or the errno
   * that says why the connection goes on; ENOENT where it is gone already.
   */
  int end(std::uint32_t token);

  void close() { socket_.close(); }

 private:
  std::optional<SocketName> find(std::uint32_t token);

  NetlinkSocket socket_;
};

/** What an answer of sock_diag says of a socket; nothing where it is too short. */
std::optional<SocketName> readSocketName(ByteView payload);

}  // namespace portshift::conntrack
