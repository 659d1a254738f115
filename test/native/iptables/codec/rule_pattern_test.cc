#include "iptables/codec/rule_pattern.h"

#include "check.h"
#include "iptables/codec/address.h"
#include "iptables/codec/entry_codec.h"
#include "iptables/codec/invalid_rule.h"

using namespace portshift::xt;
using portshift::ByteView;
using portshift::Family;

namespace {

constexpr RuleDetails kDetails{PortSpan{80, 89}, "portshift own", 8443};

/** One with a place for every detail, and others around it. */
Rule ruleWith(const RuleDetails& details, const Match& ports) {
  Rule rule;
  rule.protocol = 6;
  rule.matches = {ports, AddrtypeMatch{}, CommentMatch{std::string(details.comment)}};
  rule.target = DnatTarget{parseAddress(Family::kIpv6, "::1"), details.port.value()};
  return rule;
}

Match tcp(const RuleDetails& details) {
  return TcpMatch{details.ports, true};
}

Match udp(const RuleDetails& details) {
  return UdpMatch{details.ports};
}

Match tcpFrom(const RuleDetails& details) {
  return TcpMatch{std::nullopt, false, false, details.ports, TcpFlags{0x12, 0x12}};
}

Match udpFrom(const RuleDetails& details) {
  return UdpMatch{std::nullopt, details.ports};
}

bool refuses(RulePattern& pattern, const RuleDetails& details) {
  try {
    pattern.entryFor(details);
  } catch (const InvalidRule&) {
    return true;
  }
  return false;
}

}  // namespace

TEST("iptables/codec/rule_pattern",
     "gives the entry of a rule with these details, whatever it gave before") {
  const RuleDetails none{std::nullopt, "", 0};
  const RuleDetails longer{PortSpan{1, 1}, "portshift another, and longer", 1};
  const RuleDetails any{PortSpan{0, 65535}, "", 0};
  for (const auto& match : {tcp, udp, tcpFrom, udpFrom}) {
    const bool is_source = match == tcpFrom || match == udpFrom;
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
      RulePattern pattern(family, ruleWith(none, match(is_source ? any : none)));
      for (const RuleDetails& details : {longer, kDetails}) {
        CHECK(pattern.entryFor(details) ==
              ByteView(encodeEntry(family, ruleWith(details, match(details)))));
      }
    }
  }
}

TEST("iptables/codec/rule_pattern", "refuses what the rule has no place for") {
  Rule rule;
  rule.matches = {CommentMatch{"portshift"}};
  RulePattern commented(Family::kIpv4, rule);
  CHECK(!refuses(commented, {std::nullopt, "portshift own", std::nullopt}));
  CHECK(refuses(commented, {PortSpan{1, 1}, "portshift own", std::nullopt}));
  CHECK(refuses(commented, {std::nullopt, "portshift own", 1}));
  CHECK(refuses(commented, {std::nullopt, std::string(256, 'x'), std::nullopt}));
  CHECK(refuses(commented, {std::nullopt, std::string_view("a\0b", 3), std::nullopt}));

  // What is unknown is no place, whatever it calls itself.
  rule.matches = {Extension{"tcp", 0, {}}, Extension{"comment", 0, {}}};
  rule.target = Extension{"DNAT", 2, {}};
  RulePattern unknown(Family::kIpv4, rule);
  CHECK(refuses(unknown, {std::nullopt, "portshift own", std::nullopt}));
}
