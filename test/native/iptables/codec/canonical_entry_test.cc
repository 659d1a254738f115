#include "iptables/codec/canonical_entry.h"

#include "check.h"
#include "iptables/codec/entry_codec.h"
#include "iptables/codec/entry_layout.h"

using namespace portshift::xt;
using portshift::Bytes;
using portshift::Family;

namespace {

Rule markRule(Target target) {
  Rule rule;
  rule.matches = {MarkMatch{1, 1}};
  rule.target = std::move(target);
  return rule;
}

}  // namespace

TEST("iptables/codec/canonical_entry", "counters go in and come out, and are no part of the rule") {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const Bytes canonical = encodeEntry(family, markRule(MarkTarget{2, 2}));
    const Bytes installable = installableEntry(family, canonical, {7, 4711});
    CHECK_EQUAL(entryCounters(family, installable).packets, 7U);
    CHECK_EQUAL(entryCounters(family, installable).bytes, 4711U);
    CHECK(installable != canonical);
    CHECK(canonicalEntry(family, installable, std::nullopt) == canonical);
  }
}

TEST("iptables/codec/canonical_entry",
     "what the kernel leaves in the entry and behind names does not count") {
  const Bytes canonical = encodeEntry(Family::kIpv4, markRule(MarkTarget{2, 2}));
  Bytes raw = canonical;
  auto head = portshift::loadAt<ipt_entry>(raw);
  head.comefrom = 0x1f;
  head.nfcache = 0x4000;
  portshift::storeAt(raw, 0, head);
  raw[sizeof(ipt_entry) + 2 + sizeof "mark"] = 0xaa;
  CHECK(canonicalEntry(Family::kIpv4, raw, std::nullopt) == canonical);
}

TEST("iptables/codec/canonical_entry",
     "a jump goes by the name of its chain and not by its offset") {
  const Bytes canonical = encodeEntry(Family::kIpv4, markRule(JumpTarget{"portshift", false}));
  Bytes raw = installableEntry(Family::kIpv4, canonical, {});
  auto head = portshift::loadAt<ipt_entry>(raw);
  xt_standard_target standard{};
  standard.target.u.user.target_size = sizeof standard;
  standard.verdict = 1234;
  portshift::storeAt(raw, head.target_offset, standard);
  CHECK(canonicalEntry(Family::kIpv4, raw, "portshift") == canonical);
  const Rule rule = decodeEntry(Family::kIpv4, canonicalEntry(Family::kIpv4, raw, ""));
  CHECK(std::holds_alternative<NoTarget>(rule.target));
}
