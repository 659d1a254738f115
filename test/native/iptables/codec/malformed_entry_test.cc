#include <optional>
#include <random>

#include "check.h"
#include "iptables/codec/canonical_entry.h"
#include "iptables/codec/entry_codec.h"

using namespace portshift::xt;
using portshift::Bytes;
using portshift::Family;

namespace {

Bytes goodEntry(Family family) {
  Rule rule;
  rule.protocol = 6;
  rule.matches = {TcpMatch{PortSpan{80, 81}, true}, CommentMatch{"web"},
                  ConntrackMatch{true, true, {}}};
  rule.target = DnatTarget{std::nullopt, 8443};
  return encodeEntry(family, rule);
}

void take(Family family, const Bytes& bytes) {
  entrySize(family, bytes);
  entryCounters(family, bytes);
  const Bytes canonical = canonicalEntry(family, bytes, std::nullopt);
  const Rule rule = decodeEntry(family, canonical);
  if (!rule.other_flags) CHECK(encodeEntry(family, rule) == canonical);
}

}  // namespace

// Deterministic, and of use above all with -DPORTSHIFT_SANITIZE=address,undefined.
TEST("iptables/codec/malformed_entry",
     "damaged entries are decoded, or told to be more than the fields say") {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    const Family family = round % 2 == 0 ? Family::kIpv4 : Family::kIpv6;
    Bytes bytes = goodEntry(family);
    for (int changes = static_cast<int>(random() % 4); changes >= 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    }
    take(family, bytes);
  }
}

TEST("iptables/codec/malformed_entry", "entries that were cut off do no harm") {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const Bytes whole = goodEntry(family);
    const std::size_t head = family == Family::kIpv4 ? 112 : 168;
    for (std::size_t size = head; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(decodeEntry(family, cut).other_flags);
    }
    CHECK_EQUAL(entrySize(family, portshift::ByteView(whole).sub(0, head - 1)), 0U);
    CHECK(decodeEntry(family, {}).other_flags);
  }
}

TEST("iptables/codec/malformed_entry",
     "what is too short for an entry's head, or has no target, stays what it is") {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const Bytes whole = goodEntry(family);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK(canonicalEntry(family, cut, std::nullopt) == cut);
      CHECK_EQUAL(installableEntry(family, cut, {1, 2}).size(), size);
    }
  }
}
