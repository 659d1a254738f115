#pragma once

#include <linux/inet_diag.h>

#include <functional>
#include <optional>
#include <vector>

#include "conntrack/address.h"
#include "conntrack/port_set.h"
#include "netlink/netlink_socket.h"
#include "util/family.h"

namespace portshift::conntrack {

/** One TCP socket of the network namespace. */
struct TcpSocket {
  Endpoint local;
  Endpoint remote;
  bool listening = false;
  /** AF_INET or AF_INET6. It is AF_INET6 also for IPv4 connections to an IPv6 socket. */
  std::uint8_t socket_family = 0;
  /** The ID, with the cookie that no later socket has. */
  inet_diag_sockid id{};
  /**
   * This host's token of the MPTCP connection that the socket is a subflow of; nothing for plain
   * TCP.
   */
  std::optional<std::uint32_t> mptcp_token;
};

/** Reads one message of a sock_diag dump. Returns nothing if it is too short. */
std::optional<TcpSocket> readSocket(ByteView payload);

/** The TCP sockets of one network namespace (sock_diag(7), linux/inet_diag.h). */
class TcpSockets {
 public:
  TcpSockets();

  /**
   * Lists the sockets with a local port in the span that listen, are open, or have not finished
   * closing. Sockets in TIME_WAIT or SYN_SENT are not included.
   */
  std::vector<TcpSocket> list(PortSpan local_ports);

  /**
   * Ends the connection with SOCK_DESTROY: the other side gets a reset, and this side ECONNABORTED.
   * Returns false if the socket no longer exists. Needs CONFIG_INET_DIAG_DESTROY.
   */
  bool destroy(const TcpSocket& socket);

  void close() { socket_.close(); }

 private:
  NetlinkSocket socket_;
};

}  // namespace portshift::conntrack
