#pragma once

#include <linux/inet_diag.h>

#include <functional>
#include <optional>
#include <vector>

#include "common/family.h"
#include "conntrack/address.h"
#include "conntrack/netlink_socket.h"
#include "conntrack/port_set.h"

namespace portshift::conntrack {

/** One TCP socket of the namespace. */
struct TcpSocket {
  Endpoint local;
  Endpoint remote;
  bool listening = false;
  /** AF_INET or AF_INET6; the latter also for IPv4 connections to an IPv6 socket. */
  std::uint8_t socket_family = 0;
  /** With the cookie, which no later socket has. */
  inet_diag_sockid id{};
  /** This host's token of the MPTCP connection that it is a subflow of; nothing for plain TCP. */
  std::optional<std::uint32_t> mptcp_token;
};

/** What one message of a sock_diag dump says; nothing where it is too short. */
std::optional<TcpSocket> readSocket(ByteView payload);

/** The TCP sockets of one namespace (sock_diag(7), linux/inet_diag.h). */
class TcpSockets {
 public:
  TcpSockets();

  /**
   * Those with a local port in the span, that listen, are open, or still have to tell the other
   * side that they are closed; none in TIME_WAIT or SYN_SENT.
   */
  std::vector<TcpSocket> list(PortSpan local_ports);

  /**
   * Ends the connection as SOCK_DESTROY does: the other side gets a reset, and this one
   * ECONNABORTED. False where the socket is gone already. Needs CONFIG_INET_DIAG_DESTROY.
   */
  bool destroy(const TcpSocket& socket);

  void close() { socket_.close(); }

 private:
  NetlinkSocket socket_;
};

}  // namespace portshift::conntrack
