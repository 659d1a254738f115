#include "iptables/codec/rule_pattern.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstddef>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_comment.h>
#include <linux/netfilter/xt_tcpudp.h>

#include "iptables/codec/entry_codec.h"
#include "iptables/codec/entry_elements.h"
#include "iptables/codec/invalid_rule.h"
#include "iptables/codec/match_codec.h"

namespace portshift::xt {

// Both consist of the lowest and the highest port, in host byte order.
static_assert(sizeof(PortSpan) == sizeof(xt_tcp::dpts) && sizeof(PortSpan) == sizeof(xt_udp::dpts));

RulePattern::RulePattern(Family family, const Rule& rule) : entry_(encodeEntry(family, rule)) {
  ElementIterator element(family, entry_);
  for (const Match& match : rule.matches) {
    const std::size_t data = element.offset() + sizeof(xt_entry_match);
    if (const auto *const tcp = std::get_if<TcpMatch>(&match)) {
      ports_ = data + (tcp->source_ports ? offsetof(xt_tcp, spts) : offsetof(xt_tcp, dpts));
    }
    if (const auto *const udp = std::get_if<UdpMatch>(&match)) {
      ports_ = data + (udp->source_ports ? offsetof(xt_udp, spts) : offsetof(xt_udp, dpts));
    }
    if (std::holds_alternative<CommentMatch>(match)) comment_ = data;
    element.next();
  }
  const bool is_redirect = std::holds_alternative<RedirectTarget>(rule.target);
  if (!is_redirect && !std::holds_alternative<DnatTarget>(rule.target)) return;
  const std::size_t data = element.offset() + sizeof(xt_entry_target);
  if (!is_redirect) {
    min_port_ = data + offsetof(nf_nat_range2, min_proto);
    max_port_ = data + offsetof(nf_nat_range2, max_proto);
  } else if (family == Family::kIpv4) {
    min_port_ = data + offsetof(nf_nat_ipv4_multi_range_compat, range[0].min);
    max_port_ = data + offsetof(nf_nat_ipv4_multi_range_compat, range[0].max);
  } else {
    min_port_ = data + offsetof(nf_nat_range, min_proto);
    max_port_ = data + offsetof(nf_nat_range, max_proto);
  }
}

ByteView RulePattern::entryFor(const RuleDetails& details) {
  if (details.ports) setPorts(*details.ports);
  setComment(details.comment);
  if (details.port) setPort(*details.port);
  return entry_;
}

void RulePattern::setPorts(PortSpan span) {
  if (!ports_) throw InvalidRule("no match of it is about ports");
  storeAt(entry_, *ports_, span);
}

void RulePattern::setComment(std::string_view text) {
  if (!comment_) throw InvalidRule("no match of it is a comment");
  checkComment(text);
  xt_comment_info info{};
  std::copy(text.begin(), text.end(), std::begin(info.comment));
  storeAt(entry_, *comment_, info);
}

void RulePattern::setPort(std::uint16_t port) {
  if (!min_port_) throw InvalidRule("its target translates no port");
  const std::uint16_t value = htons(port);
  storeAt(entry_, *min_port_, value);
  storeAt(entry_, *max_port_, value);
}

}  // namespace portshift::xt
