#include "conntrack/connection.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

namespace portshift::conntrack {

namespace {

std::optional<Address> readAddress(const Attributes& ip, std::uint16_t v4, std::uint16_t v6) {
  auto bytes = ip.find(v4);
  if (!bytes) bytes = ip.find(v6);
  return bytes ? Address::fromBytes(*bytes) : std::nullopt;
}

std::optional<Tuple> readTuple(const Attributes& tuple) {
  const Attributes ip = tuple.nested(CTA_TUPLE_IP);
  const Attributes protocol = tuple.nested(CTA_TUPLE_PROTO);
  const auto source = readAddress(ip, CTA_IP_V4_SRC, CTA_IP_V6_SRC);
  const auto destination = readAddress(ip, CTA_IP_V4_DST, CTA_IP_V6_DST);
  const auto source_port = protocol.value<std::uint16_t>(CTA_PROTO_SRC_PORT);
  const auto destination_port = protocol.value<std::uint16_t>(CTA_PROTO_DST_PORT);
  if (!source || !destination || !source_port || !destination_port) return std::nullopt;
  return Tuple{{*source, ntohs(*source_port)}, {*destination, ntohs(*destination_port)}};
}

bool isOver(const Attributes& tcp) {
  const auto state = tcp.value<std::uint8_t>(CTA_PROTOINFO_TCP_STATE);
  return state == TCP_CONNTRACK_TIME_WAIT || state == TCP_CONNTRACK_CLOSE;
}

/**
 * Returns true if the kernel is liberal about the connection, which it is only if it has not seen
 * the first packet.
 */
bool isPickedUp(const Attributes& tcp) {
  const auto flags = tcp.find(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL);
  if (!flags || flags->size() < sizeof(nf_ct_tcp_flags)) return false;
  return (loadAt<nf_ct_tcp_flags>(*flags).flags & IP_CT_TCP_FLAG_BE_LIBERAL) != 0;
}

}  // namespace

std::optional<Connection> parseConnection(const Attributes& message) {
  const Attributes original = message.nested(CTA_TUPLE_ORIG);
  const auto protocol = original.nested(CTA_TUPLE_PROTO).value<std::uint8_t>(CTA_PROTO_NUM);
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return std::nullopt;
  const auto forth = readTuple(original);
  const auto back = readTuple(message.nested(CTA_TUPLE_REPLY));
  if (!forth || !back) return std::nullopt;
  Connection connection;
  connection.protocol = *protocol;
  connection.original = *forth;
  connection.reply = *back;
  const std::uint32_t status = ntohl(message.value<std::uint32_t>(CTA_STATUS).value_or(0));
  connection.destination_translated = (status & IPS_DST_NAT) != 0;
  connection.answered = (status & IPS_SEEN_REPLY) != 0;
  if (protocol == IPPROTO_TCP) {
    const Attributes tcp = message.nested(CTA_PROTOINFO).nested(CTA_PROTOINFO_TCP);
    connection.over = isOver(tcp);
    connection.picked_up = isPickedUp(tcp);
  }
  return connection;
}

std::optional<Identity> identityOf(const Attributes& message) {
  const auto tuple = message.find(CTA_TUPLE_ORIG);
  const auto parsed = readTuple(message.nested(CTA_TUPLE_ORIG));
  const auto id = message.value<std::uint32_t>(CTA_ID);
  if (!tuple || !parsed || !id) return std::nullopt;
  Identity identity;
  identity.family = parsed->source.address.family();
  identity.original_tuple.assign(tuple->begin(), tuple->end());
  identity.id = *id;
  identity.zone = message.value<std::uint16_t>(CTA_ZONE);
  return identity;
}

}  // namespace portshift::conntrack
