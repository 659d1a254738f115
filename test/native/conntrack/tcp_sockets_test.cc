#include "conntrack/tcp_sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "check.h"
#include "conntrack/mptcp_sockets.h"

using portshift::Bytes;
using portshift::ByteView;
using portshift::conntrack::NetlinkRequest;
using portshift::conntrack::readSocket;
using portshift::conntrack::readSocketName;

namespace {

inet_diag_msg message() {
  inet_diag_msg result{};
  result.idiag_family = AF_INET;
  result.idiag_state = TCP_ESTABLISHED;
  result.id.idiag_sport = htons(8443);
  result.id.idiag_cookie[0] = 0x89abcdef;
  result.id.idiag_cookie[1] = 0x01234567;
  result.idiag_inode = 4711;
  return result;
}

/** As tcp_diag_put_ulp() and subflow_get_info() of the kernel write it. */
Bytes subflow(std::uint32_t local_token) {
  NetlinkRequest request(0, 0, message());
  request.nest(INET_DIAG_ULP_INFO, [&](NetlinkRequest& upper) {
    upper.add(INET_ULP_INFO_NAME, ByteView("mptcp", 6));
    upper.nest(3, [&](NetlinkRequest& info) {
      info.addValue(1, std::uint32_t{1});
      info.addValue(2, local_token);
    });
  });
  const ByteView all = request.number(0);
  const ByteView payload = all.sub(NLMSG_HDRLEN, all.size());
  return {payload.begin(), payload.end()};
}

}  // namespace

TEST("conntrack/tcp_sockets", "reads the token of the connection that a subflow is of") {
  CHECK(readSocket(subflow(0xfeedU))->mptcp_token == 0xfeedU);
  const inet_diag_msg plain = message();
  const auto socket = readSocket({&plain, sizeof plain});
  CHECK(socket.has_value());
  CHECK(!socket->mptcp_token);
  CHECK_EQUAL(socket->local.port, 8443);
}

TEST("conntrack/tcp_sockets", "survives messages cut anywhere") {
  const Bytes whole = subflow(1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto socket = readSocket(ByteView(whole).sub(0, size));
    CHECK(!socket || !socket->mptcp_token);
  }
}

TEST("conntrack/tcp_sockets", "names a socket by its inode and its cookie") {
  const inet_diag_msg plain = message();
  const auto name = readSocketName({&plain, sizeof plain});
  CHECK(name.has_value());
  CHECK_EQUAL(name->inode, 4711U);
  CHECK_EQUAL(name->cookie, 0x0123456789abcdefU);
  CHECK(!readSocketName({&plain, sizeof plain - 1}));
}
