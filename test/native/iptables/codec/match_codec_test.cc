#include "iptables/codec/match_codec.h"

#include <linux/netfilter/xt_tcpudp.h>

#include "check.h"
#include "iptables/codec/invalid_rule.h"

using namespace portshift::xt;

namespace {

/** The match as another one of the same bytes with one byte changed decodes to. */
Match decodeWith(const Match& match, std::size_t offset, std::uint8_t value) {
  Extension extension = encodeMatch(match);
  extension.data.at(offset) = value;
  return decodeMatch(extension);
}

template <class T>
T reread(const T& match) {
  const Match decoded = decodeMatch(encodeMatch(match));
  CHECK(std::holds_alternative<T>(decoded));
  return std::holds_alternative<T>(decoded) ? std::get<T>(decoded) : T{};
}

}  // namespace

TEST("iptables/codec/match_codec", "reads back what it writes") {
  const auto tcp = reread(TcpMatch{PortSpan{1, 65535}, true});
  CHECK_EQUAL(tcp.destination_ports->first, 1);
  CHECK_EQUAL(tcp.destination_ports->last, 65535);
  CHECK(tcp.syn);
  CHECK(!reread(TcpMatch{}).destination_ports);
  CHECK_EQUAL(reread(UdpMatch{PortSpan{53, 53}}).destination_ports->last, 53);
  const auto answer =
      reread(TcpMatch{std::nullopt, false, false, PortSpan{80, 81}, TcpFlags{0x12, 0x12}});
  CHECK(!answer.destination_ports && !answer.syn && !answer.not_syn);
  CHECK_EQUAL(answer.source_ports->last, 81);
  CHECK_EQUAL(answer.flags->mask, 0x12);
  CHECK_EQUAL(answer.flags->set, 0x12);
  const auto stateless = reread(TcpMatch{std::nullopt, false, false, std::nullopt, TcpFlags{0, 1}});
  CHECK_EQUAL(stateless.flags->set, 1);
  const auto from = reread(UdpMatch{PortSpan{1, 2}, PortSpan{53, 54}});
  CHECK_EQUAL(from.destination_ports->first, 1);
  CHECK_EQUAL(from.source_ports->last, 54);
  CHECK_EQUAL(reread(MarkMatch{0x1000, 0xf000}).mask, 0xf000U);
  const auto conntrack = reread(ConntrackMatch{true, true, true});
  CHECK(conntrack.not_established && conntrack.not_translated && conntrack.direction_original);
  CHECK(reread(ConntrackMatch{true, false, false}).not_established);
  const auto reply = reread(ConntrackMatch{false, true, false, true});
  CHECK(reply.direction_reply && !reply.direction_original && reply.not_translated);
  CHECK(!reread(ConntrackMatch{false, true, false}).not_established);
  const auto plain = reread(ConntrackMatch{});
  CHECK(!plain.not_established && !plain.not_translated && !plain.direction_original);
  const auto not_syn = reread(TcpMatch{std::nullopt, false, true});
  CHECK(not_syn.not_syn && !not_syn.syn);
  const auto types = reread(AddrtypeMatch{0x14, true, false});
  CHECK_EQUAL(types.types, 0x14);
  CHECK(types.invert && !types.limit_interface);
  CHECK(reread(AddrtypeMatch{4, false, true}).limit_interface);
  CHECK_EQUAL(encodeMatch(reread(SocketMatch{})).revision, 3);
  CHECK_EQUAL(reread(CommentMatch{std::string(255, 'x')}).comment.size(), 255U);
  CHECK_EQUAL(reread(CommentMatch{""}).comment, "");
}

TEST("iptables/codec/match_codec", "the whole range of ports is the same as none") {
  CHECK(!reread(TcpMatch{PortSpan{0, 65535}, false}).destination_ports);
}

TEST("iptables/codec/match_codec", "whatever it has no field for stays unknown, with its bytes") {
  // xt_tcp: a TCP option; the inverted flags at the end.
  CHECK(std::holds_alternative<Extension>(decodeWith(TcpMatch{}, 8, 1)));
  const TcpMatch syn_ack{std::nullopt, false, false, std::nullopt, TcpFlags{0x12, 0x12}};
  CHECK(std::holds_alternative<Extension>(decodeWith(syn_ack, 11, XT_TCP_INV_FLAGS)));
  CHECK(std::holds_alternative<Extension>(decodeWith(TcpMatch{}, 11, 1)));
  CHECK(std::holds_alternative<Extension>(decodeWith(UdpMatch{}, 8, 1)));
  // The first destination port, above the last.
  CHECK(std::holds_alternative<Extension>(decodeWith(TcpMatch{PortSpan{80, 81}, false}, 5, 0xff)));
  CHECK(std::holds_alternative<Extension>(decodeWith(UdpMatch{PortSpan{80, 81}}, 5, 0xff)));
  CHECK(std::holds_alternative<Extension>(decodeWith(MarkMatch{}, 8, 1)));
  CHECK(std::holds_alternative<Extension>(decodeWith(ConntrackMatch{true, false, false}, 0, 1)));
  CHECK(std::holds_alternative<Extension>(decodeWith(AddrtypeMatch{}, 0, 1)));
  CHECK(std::holds_alternative<Extension>(decodeWith(AddrtypeMatch{}, 3, 0x10)));
  CHECK(std::holds_alternative<Extension>(decodeWith(SocketMatch{}, 0, 1)));
  CHECK(std::holds_alternative<Extension>(decodeWith(CommentMatch{"a"}, 0, 0xff)));
  CHECK(std::holds_alternative<Extension>(decodeWith(CommentMatch{"a"}, 9, 'b')));
  CHECK(std::holds_alternative<Extension>(decodeMatch({"tcp", 1, encodeMatch(TcpMatch{}).data})));
  CHECK(std::holds_alternative<Extension>(decodeMatch({"tcp", 0, {1, 2, 3}})));
  CHECK(std::holds_alternative<Extension>(decodeMatch({"limit", 0, portshift::Bytes(40)})));
}

TEST("iptables/codec/match_codec", "a comment of 256 bytes, or with a NUL, is refused") {
  CHECK_THROWS(InvalidRule, encodeMatch(CommentMatch{std::string(256, 'x')}));
  CHECK_THROWS(InvalidRule, encodeMatch(CommentMatch{std::string("a\0b", 3)}));
}
