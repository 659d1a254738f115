#include "conntrack/connection.h"

#include <linux/netfilter/nf_conntrack_tcp.h>
#include <netinet/in.h>

#include <random>

#include "check.h"
#include "conntrack/message.h"

using portshift::Bytes;
using portshift::ByteView;
using portshift::Family;
using portshift::conntrack::Address;
using portshift::conntrack::Attributes;
using portshift::conntrack::identityOf;
using portshift::conntrack::parseConnection;

namespace {

auto parse(const Message& message) {
  const Bytes bytes = message.bytes();
  return parseConnection(Attributes(bytes));
}

}  // namespace

TEST("conntrack/connection", "is read as the kernel wrote it, over IPv4 and IPv6") {
  for (const bool v6 : {false, true}) {
    Message message;
    if (v6) {
      message.client = "2001:db8::9";
      message.server = "2001:db8::1";
    }
    const auto connection = parse(message);
    CHECK(connection.has_value());
    CHECK_EQUAL(connection->protocol, IPPROTO_TCP);
    CHECK(connection->original.source.address == Address::parse(message.client));
    CHECK(connection->original.destination.address == Address::parse(message.server));
    CHECK_EQUAL(connection->original.source.port, 40000);
    CHECK_EQUAL(connection->original.destination.port, 8445);
    CHECK_EQUAL(connection->reply.source.port, 8443);
    CHECK(connection->reply.destination.address == connection->original.source.address);
    CHECK(connection->destination_translated);
    CHECK(!connection->over);
    CHECK(!connection->picked_up);
    CHECK(connection->original.source.address.family() == (v6 ? Family::kIpv6 : Family::kIpv4));
  }
}

TEST("conntrack/connection", "is answered once a packet has come back") {
  Message message;
  CHECK(!parse(message)->answered);
  message.status |= IPS_SEEN_REPLY;
  CHECK(parse(message)->answered);
}

TEST("conntrack/connection", "is over in TIME_WAIT and CLOSE alone") {
  for (std::uint8_t state = TCP_CONNTRACK_NONE; state <= TCP_CONNTRACK_SYN_SENT2; ++state) {
    Message message;
    message.tcp_state = state;
    const bool over = state == TCP_CONNTRACK_TIME_WAIT || state == TCP_CONNTRACK_CLOSE;
    CHECK_EQUAL(parse(message)->over, over);
  }
  Message udp;
  udp.protocol = IPPROTO_UDP;
  CHECK(!parse(udp)->over);
}

TEST("conntrack/connection", "is known for one that was running before it was tracked") {
  Message message;
  message.tcp_flags = IP_CT_TCP_FLAG_SACK_PERM;
  CHECK(!parse(message)->picked_up);
  message.tcp_flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
  CHECK(parse(message)->picked_up);
}

TEST("conntrack/connection", "is none of another protocol") {
  Message message;
  message.protocol = IPPROTO_SCTP;
  CHECK(!parse(message));
}

TEST("conntrack/connection", "is named by its original tuple and its number") {
  const Bytes bytes = Message().bytes();
  const auto identity = identityOf(Attributes(bytes));
  CHECK(identity.has_value());
  CHECK_EQUAL(identity->id, 4711U);
  CHECK(identity->family == Family::kIpv4);
  CHECK(ByteView(identity->original_tuple) == *Attributes(bytes).find(CTA_TUPLE_ORIG));
  CHECK(!identity->zone);
}

TEST("conntrack/connection", "has no name without a whole tuple or without a number") {
  const Bytes bytes = Message().bytes();
  CHECK(!identityOf(Attributes(ByteView(bytes).sub(0, 20))));
  CHECK(!identityOf(Attributes()));
  const std::size_t tuples = 2 * (NLA_HDRLEN + Attributes(bytes).find(CTA_TUPLE_ORIG)->size());
  CHECK(!identityOf(Attributes(ByteView(bytes).sub(0, tuples))));
}

TEST("conntrack/connection", "survives messages cut anywhere, and any byte changed") {
  const Bytes whole = Message().bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    parseConnection(Attributes(cut));
    identityOf(Attributes(cut));
  }
  std::mt19937 random(1);
  for (int round = 0; round < 100000; ++round) {
    Bytes changed = whole;
    for (int i = 0; i < 3; ++i) {
      changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
    }
    parseConnection(Attributes(changed));
    const auto identity = identityOf(Attributes(changed));
    CHECK(!identity || !identity->original_tuple.empty());
  }
}
