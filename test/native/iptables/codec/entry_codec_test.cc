#include "iptables/codec/entry_codec.h"

#include "check.h"
#include "iptables/codec/address.h"
#include "iptables/codec/canonical_entry.h"
#include "iptables/codec/invalid_rule.h"

using namespace portshift::xt;
using portshift::Bytes;
using portshift::Family;

namespace {

constexpr Family kFamilies[] = {Family::kIpv4, Family::kIpv6};

Address addressOf(Family family, const char *ipv4, const char *ipv6) {
  return parseAddress(family, family == Family::kIpv4 ? ipv4 : ipv6).value();
}

Rule fullRule(Family family) {
  Rule rule;
  rule.protocol = 6;
  rule.source = AddressSpec{addressOf(family, "10.0.0.0", "fd00::"),
                            addressOf(family, "255.0.0.0", "ff00::"), true};
  rule.destination = AddressSpec{
      addressOf(family, "10.1.2.3", "fd00::1"),
      addressOf(family, "255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), false};
  rule.in_interface = InterfaceSpec{"eth+", false};
  rule.out_interface = InterfaceSpec{"lo", true};
  rule.matches = {TcpMatch{PortSpan{80, 81}, true}, AddrtypeMatch{}, CommentMatch{"web"}};
  rule.target = RedirectTarget{8443};
  return rule;
}

}  // namespace

TEST("iptables/codec/entry_codec", "reads back what it writes") {
  for (const Family family : kFamilies) {
    const Bytes bytes = encodeEntry(family, fullRule(family));
    CHECK_EQUAL(entrySize(family, bytes), bytes.size());
    const Rule rule = decodeEntry(family, bytes);
    CHECK(!rule.other_flags);
    CHECK_EQUAL(+*rule.protocol, 6);
    CHECK(rule.source->invert && !rule.destination->invert);
    CHECK_EQUAL(rule.in_interface->name, "eth+");
    CHECK(rule.out_interface->invert);
    CHECK_EQUAL(rule.matches.size(), 3U);
    CHECK_EQUAL(std::get<RedirectTarget>(rule.target).port, 8443);
    CHECK(encodeEntry(family, rule) == bytes);
  }
}

TEST("iptables/codec/entry_codec", "an empty rule is one that only counts") {
  for (const Family family : kFamilies) {
    const Rule rule = decodeEntry(family, encodeEntry(family, Rule{}));
    CHECK(!rule.protocol && !rule.source && !rule.destination);
    CHECK(!rule.in_interface && !rule.out_interface && !rule.other_flags);
    CHECK(rule.matches.empty());
    CHECK(std::holds_alternative<NoTarget>(rule.target));
  }
}

TEST("iptables/codec/entry_codec", "an address loses what its mask leaves out, as with iptables") {
  Rule rule;
  rule.destination = AddressSpec{addressOf(Family::kIpv4, "10.1.2.3", ""),
                                 addressOf(Family::kIpv4, "255.0.0.0", ""), false};
  const Rule reread = decodeEntry(Family::kIpv4, encodeEntry(Family::kIpv4, rule));
  CHECK_EQUAL(formatAddress(Family::kIpv4, reread.destination->address), "10.0.0.0");
}

TEST("iptables/codec/entry_codec", "flags without a field are told, and not written") {
  // `! -p tcp`: the last byte of struct ipt_ip.
  Bytes bytes = encodeEntry(Family::kIpv4, fullRule(Family::kIpv4));
  bytes[83] |= 0x40;
  const Rule rule = decodeEntry(Family::kIpv4, bytes);
  CHECK(rule.other_flags);
  CHECK_THROWS(InvalidRule, encodeEntry(Family::kIpv4, rule));
}

TEST("iptables/codec/entry_codec", "refuses what does not fit") {
  Rule rule;
  rule.in_interface = InterfaceSpec{"sixteen-letters-", false};
  CHECK_THROWS(InvalidRule, encodeEntry(Family::kIpv4, rule));
  rule.in_interface = InterfaceSpec{"", false};
  CHECK_THROWS(InvalidRule, encodeEntry(Family::kIpv4, rule));
  rule.in_interface.reset();
  rule.matches = {Extension{std::string(29, 'x'), 0, {}}};
  CHECK_THROWS(InvalidRule, encodeEntry(Family::kIpv4, rule));
  rule.matches = {Extension{"x", 0, Bytes(65536)}};
  CHECK_THROWS(InvalidRule, encodeEntry(Family::kIpv4, rule));
  rule.matches = {Extension{"x", 0, Bytes(40000)}, Extension{"x", 0, Bytes(40000)}};
  CHECK_THROWS(InvalidRule, encodeEntry(Family::kIpv4, rule));
}
