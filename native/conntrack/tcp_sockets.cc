#include "conntrack/tcp_sockets.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cerrno>

#include "netlink/attributes.h"
#include "util/error.h"

namespace portshift::conntrack {

namespace {

constexpr std::uint32_t kStates = 1U << TCP_ESTABLISHED | 1U << TCP_SYN_RECV | 1U << TCP_FIN_WAIT1 |
                                  1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSE_WAIT | 1U << TCP_LAST_ACK |
                                  1U << TCP_CLOSING | 1U << TCP_LISTEN;

/** Returns a filter program for the kernel: local port >= first, and local port <= last. */
std::array<inet_diag_bc_op, 4> portTest(PortSpan ports) {
  constexpr auto kStep = static_cast<unsigned char>(2 * sizeof(inet_diag_bc_op));
  // A jump beyond the end of the program rejects the socket.
  constexpr auto kRefuse = static_cast<unsigned short>(sizeof(inet_diag_bc_op));
  return {{{INET_DIAG_BC_S_GE, kStep, 2 * kStep + kRefuse},
           {INET_DIAG_BC_NOP, 0, ports.first},
           {INET_DIAG_BC_S_LE, kStep, kStep + kRefuse},
           {INET_DIAG_BC_NOP, 0, ports.last}}};
}

Endpoint endpoint(std::uint8_t family, const __be32 (&address)[4], __be16 port) {
  const std::size_t size = family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
  return {Address::fromBytes({&address, size}).value_or(Address()), ntohs(port)};
}

/**
 * INET_DIAG_ULP_INFO, INET_ULP_INFO_MPTCP (linux/inet_diag.h, Linux 5.7) and
 * MPTCP_SUBFLOW_ATTR_TOKEN_LOC (linux/mptcp.h).
 */
constexpr std::uint16_t kUpperProtocol = 19;
constexpr std::uint16_t kMptcpInfo = 3;
constexpr std::uint16_t kLocalToken = 2;

std::optional<std::uint32_t> mptcpToken(ByteView payload) {
  const Attributes about(payload.sub(NLMSG_ALIGN(sizeof(inet_diag_msg)), payload.size()));
  return about.nested(kUpperProtocol).nested(kMptcpInfo).value<std::uint32_t>(kLocalToken);
}

inet_diag_req_v2 body(std::uint8_t family) {
  inet_diag_req_v2 request{};
  request.sdiag_family = family;
  request.sdiag_protocol = IPPROTO_TCP;
  return request;
}

}  // namespace

std::optional<TcpSocket> readSocket(ByteView payload) {
  if (payload.size() < sizeof(inet_diag_msg)) return std::nullopt;
  const auto message = loadAt<inet_diag_msg>(payload);
  TcpSocket socket;
  socket.socket_family = message.idiag_family;
  socket.id = message.id;
  socket.listening = message.idiag_state == TCP_LISTEN;
  socket.local = endpoint(message.idiag_family, message.id.idiag_src, message.id.idiag_sport);
  socket.remote = endpoint(message.idiag_family, message.id.idiag_dst, message.id.idiag_dport);
  socket.mptcp_token = mptcpToken(payload);
  return socket;
}

TcpSockets::TcpSockets() : socket_(NETLINK_SOCK_DIAG) {}

std::vector<TcpSocket> TcpSockets::list(PortSpan local_ports) {
  std::vector<TcpSocket> all;
  for (const std::uint8_t family : {AF_INET, AF_INET6}) {
    inet_diag_req_v2 wanted = body(family);
    wanted.idiag_states = kStates;
    // Without this flag, the kernel does not report the MPTCP connection of a subflow
    // (inet_sk_diag_fill()).
    wanted.idiag_ext = 1U << (INET_DIAG_INFO - 1U);
    NetlinkRequest request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, wanted);
    request.addValue(INET_DIAG_REQ_BYTECODE, portTest(local_ports));
    const std::size_t before = all.size();
    const int code = socket_.dump(
        request, [&] { all.resize(before); },
        [&](const nlmsghdr& /*header*/, ByteView payload) {
          const auto socket = readSocket(payload);
          if (!socket) return true;
          const auto port = socket->local.port;
          if (port >= local_ports.first && port <= local_ports.last) all.push_back(*socket);
          return true;
        });
    // A kernel without IPv6 has no such sockets.
    if (code != 0 && !(family == AF_INET6 && code == ENOENT)) {
      throw Error::fromErrno(ErrorKind::kConnections, "listing sockets", code, "through sock_diag");
    }
  }
  return all;
}

bool TcpSockets::destroy(const TcpSocket& socket) {
  inet_diag_req_v2 named = body(socket.socket_family);
  named.id = socket.id;
  const int code = socket_.remove(NetlinkRequest(SOCK_DESTROY, NLM_F_ACK, named));
  if (code == ENOENT) return false;
  if (code != 0) throw Error::fromErrno(ErrorKind::kConnections, "SOCK_DESTROY", code);
  return true;
}

}  // namespace portshift::conntrack
