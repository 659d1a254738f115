#include "conntrack/connection_table.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <cerrno>

#include "util/error.h"

namespace portshift::conntrack {

namespace {

/**
 * The CTA_FILTER_F_* of include/net/netfilter/nf_conntrack_l4proto.h, which no userspace header
 * has.
 */
constexpr std::uint32_t kMatchProtocol = 1U << 3U;
constexpr std::uint32_t kMatchSourcePort = 1U << 4U;
constexpr std::uint32_t kMatchDestinationPort = 1U << 5U;

/** CTA_STATUS_MASK, which headers before Linux 5.15 lack. Kernels that do not have it ignore it. */
constexpr std::uint16_t kStatusMask = 26;

NetlinkRequest request(std::uint8_t message, std::uint16_t flags, std::uint8_t family) {
  nfgenmsg body{};
  body.nfgen_family = family;
  body.version = NFNETLINK_V0;
  return {static_cast<std::uint16_t>((NFNL_SUBSYS_CTNETLINK << 8U) | message), flags, body};
}

/** Appends a tuple with only the parts to match. Returns the flags that select these parts. */
std::uint32_t addTuple(NetlinkRequest& to, std::uint16_t type, std::uint8_t protocol,
                       std::optional<std::uint16_t> source,
                       std::optional<std::uint16_t> destination) {
  to.nest(type, [&](NetlinkRequest& tuple) {
    tuple.nest(CTA_TUPLE_PROTO, [&](NetlinkRequest& inner) {
      inner.addValue(CTA_PROTO_NUM, protocol);
      if (source) inner.addValue(CTA_PROTO_SRC_PORT, htons(*source));
      if (destination) inner.addValue(CTA_PROTO_DST_PORT, htons(*destination));
    });
  });
  return kMatchProtocol | (source ? kMatchSourcePort : 0) |
         (destination ? kMatchDestinationPort : 0);
}

NetlinkRequest filteredDump(const Query& query) {
  NetlinkRequest dump = request(IPCTNL_MSG_CT_GET, NLM_F_DUMP, socketFamily(query.family));
  const std::uint32_t original =
      addTuple(dump, CTA_TUPLE_ORIG, query.protocol, query.original_source_port,
               query.original_destination_port);
  std::optional<std::uint32_t> reply;
  if (query.reply_source_port) {
    reply = addTuple(dump, CTA_TUPLE_REPLY, query.protocol, query.reply_source_port, std::nullopt);
  }
  dump.nest(CTA_FILTER, [&](NetlinkRequest& flags) {
    flags.addValue(CTA_FILTER_ORIG_FLAGS, original);
    if (reply) flags.addValue(CTA_FILTER_REPLY_FLAGS, *reply);
  });
  if (query.unanswered) {
    dump.addValue(CTA_STATUS, std::uint32_t{0});
    dump.addValue(kStatusMask, htonl(IPS_SEEN_REPLY | IPS_DST_NAT));
  }
  return dump;
}

NetlinkRequest named(const Identity& identity, std::uint8_t message, std::uint16_t flags) {
  NetlinkRequest about = request(message, flags, socketFamily(identity.family));
  about.add(CTA_TUPLE_ORIG | NLA_F_NESTED, identity.original_tuple);
  about.addValue(CTA_ID, identity.id);
  if (identity.zone) about.addValue(CTA_ZONE, *identity.zone);
  return about;
}

[[noreturn]] void refused(const char *what, int code) {
  throw Error::fromErrno(ErrorKind::kConnections, what, code, "through ctnetlink");
}

}  // namespace

ConnectionTable::ConnectionTable() : socket_(NETLINK_NETFILTER) {}

void ConnectionTable::list(const Query& query, const std::function<void()>& restart,
                           const Visit& visit) {
  const NetlinkSocket::Visit each = [&](const nlmsghdr& /*header*/, ByteView payload) {
    const Attributes message = attributesOf(payload);
    if (const auto connection = parseConnection(message)) visit(*connection, message);
    return true;
  };
  int code = socket_.dump(filteredDump(query), restart, each);
  if (code == EINVAL || code == EOPNOTSUPP) {
    code = socket_.dump(request(IPCTNL_MSG_CT_GET, NLM_F_DUMP, socketFamily(query.family)), restart,
                        each);
  }
  if (code != 0) refused("listing connections", code);
}

bool ConnectionTable::hasTranslated() {
  bool found = false;
  const int code = socket_.dump(
      request(IPCTNL_MSG_CT_GET, NLM_F_DUMP, AF_UNSPEC), [&] { found = false; },
      [&](const nlmsghdr& /*header*/, ByteView payload) {
        const auto connection = parseConnection(attributesOf(payload));
        found = connection && connection->destination_translated && !connection->over &&
                connection->original.destination.port != connection->reply.source.port;
        return !found;
      });
  if (code != 0) refused("listing connections", code);
  return found;
}

bool ConnectionTable::isEmpty() {
  bool empty = false;
  const int code = socket_.execute(
      request(IPCTNL_MSG_CT_GET_STATS, 0, AF_UNSPEC),
      [&](const nlmsghdr& /*header*/, ByteView payload) {
        const auto entries = attributesOf(payload).value<std::uint32_t>(CTA_STATS_GLOBAL_ENTRIES);
        empty = entries == 0U;
        return false;
      });
  return code == 0 && empty;
}

std::optional<Connection> ConnectionTable::find(const Identity& identity) {
  std::optional<Connection> found;
  const int code = socket_.execute(named(identity, IPCTNL_MSG_CT_GET, 0),
                                   [&](const nlmsghdr& /*header*/, ByteView payload) {
                                     const Attributes message = attributesOf(payload);
                                     // A later connection of the same addresses and ports has
                                     // another ID.
                                     if (message.value<std::uint32_t>(CTA_ID) == identity.id)
                                       found = parseConnection(message);
                                     return false;
                                   });
  if (code != 0 && code != ENOENT) refused("looking a connection up", code);
  return found;
}

bool ConnectionTable::isRunning(const Identity& identity) {
  const auto connection = find(identity);
  return connection && !connection->over;
}

bool ConnectionTable::erase(const Identity& identity) {
  // Without a tuple the kernel would delete every connection.
  if (identity.original_tuple.empty()) refused("erasing a connection", EINVAL);
  const int code = socket_.remove(named(identity, IPCTNL_MSG_CT_DELETE, NLM_F_ACK));
  if (code != 0 && code != ENOENT) refused("erasing a connection", code);
  return code == 0;
}

}  // namespace portshift::conntrack
