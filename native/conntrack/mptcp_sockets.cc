#include "conntrack/mptcp_sockets.h"

#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "util/error.h"

namespace portshift::conntrack {

namespace {

/** INET_DIAG_REQ_PROTOCOL (Linux 5.9), for protocols whose number needs more than one byte. */
constexpr std::uint16_t kRequestProtocol = 3;
constexpr std::uint32_t kMptcp = 262;  // IPPROTO_MPTCP

int disconnect(int fd) {
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  return ::connect(fd, &nowhere, sizeof nowhere) == 0 ? 0 : errno;
}

}  // namespace

std::optional<SocketName> readSocketName(ByteView payload) {
  constexpr unsigned int kHalf = 32;
  if (payload.size() < sizeof(inet_diag_msg)) return std::nullopt;
  const auto message = loadAt<inet_diag_msg>(payload);
  const std::uint64_t high = message.id.idiag_cookie[1];
  return SocketName{message.idiag_inode, high << kHalf | message.id.idiag_cookie[0]};
}

MptcpSockets::MptcpSockets() : socket_(NETLINK_SOCK_DIAG) {}

int MptcpSockets::end(std::uint32_t token) {
  const auto name = find(token);
  if (!name) return ENOENT;
  const Borrowed borrowed = borrowSocket(*name);
  return borrowed.fd ? disconnect(borrowed.fd.get()) : borrowed.code;
}

std::optional<SocketName> MptcpSockets::find(std::uint32_t token) {
  inet_diag_req_v2 wanted{};
  wanted.sdiag_family = AF_INET;
  wanted.sdiag_protocol = IPPROTO_TCP;
  // mptcp_diag_dump_one() in net/mptcp/mptcp_diag.c uses this field only.
  wanted.id.idiag_cookie[0] = token;
  NetlinkRequest request(SOCK_DIAG_BY_FAMILY, 0, wanted);
  request.addValue(kRequestProtocol, kMptcp);
  std::optional<SocketName> found;
  const int code = socket_.execute(request, [&](const nlmsghdr& /*header*/, ByteView payload) {
    found = readSocketName(payload);
    return false;
  });
  if (code != 0 && code != ENOENT) {
    throw Error::fromErrno(ErrorKind::kConnections, "looking an MPTCP connection up", code,
                           "through sock_diag");
  }
  return found;
}

}  // namespace portshift::conntrack
