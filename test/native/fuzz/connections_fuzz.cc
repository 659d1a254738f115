// What ctnetlink, sock_diag and rtnetlink answer: netlink messages as recvmsg(2) gives them.
#include "conntrack/connection.h"
#include "conntrack/local_addresses.h"
#include "conntrack/tcp_sockets.h"
#include "fuzz/input.h"
#include "netlink/netlink_answer.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

namespace {

void readConnection(ByteView payload) {
  const conntrack::Attributes message = conntrack::attributesOf(payload);
  const auto connection = conntrack::parseConnection(message);
  const auto identity = conntrack::identityOf(message);
  if (identity) fuzz::require(!identity->original_tuple.empty());
  if (connection && identity) {
    fuzz::require(identity->family == connection->original.source.address.family());
  }
}

bool readPayload(const nlmsghdr& header, ByteView payload) {
  readConnection(payload);
  conntrack::readSocket(payload);
  conntrack::routeType(header, payload);
  conntrack::isPolicyRule(header, payload);
  conntrack::inputInterface(header, payload);
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const Bytes received = input.take(size);
  // The answer to whatever was asked in the first message's place.
  const auto sequence = loadAt<nlmsghdr>(received).nlmsg_seq;
  for (const bool is_dump : {false, true}) {
    conntrack::NetlinkAnswer answer(sequence, is_dump);
    answer.take(received, readPayload);
    fuzz::require(answer.error() >= 0);
  }
  return 0;
}
