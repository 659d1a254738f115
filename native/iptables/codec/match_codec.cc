#include "iptables/codec/match_codec.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_socket.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "iptables/codec/extension_data.h"
#include "iptables/codec/invalid_rule.h"
#include "util/utf8.h"

namespace portshift::xt {

namespace {

constexpr std::uint16_t kLastPort = 0xffff;

// The flag bits of the TCP header, as xt_tcpudp.c compares them (RFC 9293, 3.1).
constexpr std::uint8_t kFin = 0x01;
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kRst = 0x04;
constexpr std::uint8_t kAck = 0x10;
constexpr std::uint8_t kOpeningMask = kFin | kSyn | kRst | kAck;

constexpr std::uint16_t kEstablished = XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED);
constexpr std::uint16_t kTranslated = XT_CONNTRACK_STATE_DNAT;

bool isEveryPort(const std::uint16_t (&ports)[2]) {
  return ports[0] == 0 && ports[1] == kLastPort;
}

/**
 * Returns a range of ports, or nullopt for every port. A range without any port is nullopt as well,
 * so that its match stays unknown.
 */
std::optional<PortSpan> toSpan(const std::uint16_t (&ports)[2]) {
  if (isEveryPort(ports) || ports[0] > ports[1]) return std::nullopt;
  return PortSpan{ports[0], ports[1]};
}

void setPorts(std::uint16_t (&ports)[2], const std::optional<PortSpan>& span) {
  ports[0] = span ? span->first : 0;
  ports[1] = span ? span->last : kLastPort;
}

Extension encode(const TcpMatch& match) {
  xt_tcp info{};
  setPorts(info.spts, match.source_ports);
  setPorts(info.dpts, match.destination_ports);
  if (match.flags) {
    info.flg_mask = match.flags->mask;
    info.flg_cmp = match.flags->set;
  }
  if (match.syn || match.not_syn) {
    info.flg_mask = kOpeningMask;
    info.flg_cmp = kSyn;
  }
  if (match.not_syn) info.invflags |= XT_TCP_INV_FLAGS;
  return packExtension("tcp", 0, info);
}

Extension encode(const UdpMatch& match) {
  xt_udp info{};
  setPorts(info.spts, match.source_ports);
  setPorts(info.dpts, match.destination_ports);
  return packExtension("udp", 0, info);
}

Extension encode(const MarkMatch& match) {
  xt_mark_mtinfo1 info{};
  info.mark = match.value;
  info.mask = match.mask;
  return packExtension("mark", 1, info);
}

Extension encode(const ConntrackMatch& match) {
  xt_conntrack_mtinfo3 info{};
  if (match.not_established) info.state_mask |= kEstablished;
  if (match.not_translated) info.state_mask |= kTranslated;
  if (info.state_mask != 0) {
    info.match_flags |= XT_CONNTRACK_STATE;
    info.invert_flags |= XT_CONNTRACK_STATE;
  }
  // XT_CONNTRACK_DIRECTION is the original direction unless it is inverted.
  if (match.direction_original || match.direction_reply) {
    info.match_flags |= XT_CONNTRACK_DIRECTION;
  }
  if (match.direction_reply) info.invert_flags |= XT_CONNTRACK_DIRECTION;
  return packExtension("conntrack", 3, info);
}

Extension encode(const AddrtypeMatch& match) {
  xt_addrtype_info_v1 info{};
  info.dest = match.types;
  if (match.invert) info.flags |= XT_ADDRTYPE_INVERT_DEST;
  if (match.limit_interface) info.flags |= XT_ADDRTYPE_LIMIT_IFACE_IN;
  return packExtension("addrtype", 1, info);
}

Extension encode(const SocketMatch& /*match*/) {
  return packExtension("socket", 3, xt_socket_mtinfo3{});
}

Extension encode(const CommentMatch& match) {
  checkComment(match.comment);
  xt_comment_info info{};
  std::memcpy(info.comment, match.comment.data(), match.comment.size());
  return packExtension("comment", 0, info);
}

Extension encode(const Extension& match) {
  return match;
}

std::optional<Match> decodeKnown(const Extension& extension) {
  if (const auto tcp = unpackExtension<xt_tcp>(extension, "tcp", 0)) {
    TcpMatch match;
    match.destination_ports = toSpan(tcp->dpts);
    match.source_ports = toSpan(tcp->spts);
    const bool inverted = (tcp->invflags & XT_TCP_INV_FLAGS) != 0;
    if (tcp->flg_mask == kOpeningMask && tcp->flg_cmp == kSyn) {
      match.syn = !inverted;
      match.not_syn = inverted;
    } else if (tcp->flg_mask != 0 || tcp->flg_cmp != 0) {
      match.flags = TcpFlags{tcp->flg_mask, tcp->flg_cmp};
    }
    return match;
  }
  if (const auto udp = unpackExtension<xt_udp>(extension, "udp", 0)) {
    return UdpMatch{toSpan(udp->dpts), toSpan(udp->spts)};
  }
  if (const auto mark = unpackExtension<xt_mark_mtinfo1>(extension, "mark", 1)) {
    return MarkMatch{mark->mark, mark->mask};
  }
  if (const auto info = unpackExtension<xt_conntrack_mtinfo3>(extension, "conntrack", 3)) {
    ConntrackMatch match;
    match.not_established = (info->state_mask & kEstablished) != 0;
    match.not_translated = (info->state_mask & kTranslated) != 0;
    const bool tests_direction = (info->match_flags & XT_CONNTRACK_DIRECTION) != 0;
    match.direction_reply = (info->invert_flags & XT_CONNTRACK_DIRECTION) != 0;
    match.direction_original = tests_direction && !match.direction_reply;
    return match;
  }
  if (const auto info = unpackExtension<xt_addrtype_info_v1>(extension, "addrtype", 1)) {
    if (info->dest >> kAddressTypeNames.size() != 0) return std::nullopt;
    return AddrtypeMatch{info->dest, (info->flags & XT_ADDRTYPE_INVERT_DEST) != 0,
                         (info->flags & XT_ADDRTYPE_LIMIT_IFACE_IN) != 0};
  }
  if (unpackExtension<xt_socket_mtinfo3>(extension, "socket", 3)) return SocketMatch{};
  if (const auto info = unpackExtension<xt_comment_info>(extension, "comment", 0)) {
    const std::string text(info->comment, ::strnlen(info->comment, sizeof info->comment - 1));
    if (isUtf8(text)) return CommentMatch{text};
  }
  return std::nullopt;
}

}  // namespace

void checkComment(std::string_view text) {
  constexpr std::size_t kRoom = sizeof(xt_comment_info::comment);
  if (text.size() >= kRoom) {
    throw InvalidRule("a comment has at most " + std::to_string(kRoom - 1) + " bytes");
  }
  if (text.find('\0') != std::string_view::npos) throw InvalidRule("a comment holds no NUL");
}

Extension encodeMatch(const Match& match) {
  return std::visit([](const auto& each) { return encode(each); }, match);
}

Match decodeMatch(Extension extension) {
  const std::optional<Match> known = decodeKnown(extension);
  // The struct has more fields than those decoded above. The match is known only if it encodes to
  // the same bytes.
  if (known && encodeMatch(*known).data == extension.data) return *known;
  return extension;
}

}  // namespace portshift::xt
