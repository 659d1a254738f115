#include "iptables/fingerprint.h"

#include "check.h"
#include "iptables/fake_kernel.h"

using namespace portshift::iptc;
using portshift::Bytes;

namespace {

const Chain kFirst{"portshift-1", std::nullopt};
const Chain kSecond{"portshift-2", std::nullopt};
const Chain kBuiltIn{"INPUT", Policy{"ACCEPT", {}}};
const Bytes kRule{1};
const Bytes kOther{2};

template <class Fill>
std::uint64_t of(Fill&& fill) {
  Fingerprint fingerprint;
  fill(fingerprint);
  return fingerprint.value();
}

}  // namespace

TEST("iptables/fingerprint", "the order of chains does not count, that of rules does") {
  const auto chains = [](const Chain& a, const Chain& b) {
    return of([&](Fingerprint& f) {
      f.chain(a);
      f.rule(kRule);
      f.chain(b);
      f.rule(kRule);
    });
  };
  CHECK_EQUAL(chains(kFirst, kSecond), chains(kSecond, kFirst));
  const auto rules = [](const Bytes& a, const Bytes& b) {
    return of([&](Fingerprint& f) {
      f.chain(kFirst);
      f.rule(a);
      f.rule(b);
    });
  };
  CHECK(rules(kRule, kOther) != rules(kOther, kRule));
  CHECK(rules(kRule, kRule) != rules(kRule, kOther));
}

TEST("iptables/fingerprint", "an empty own chain counts, an empty built-in one does not") {
  CHECK_EQUAL(of([](Fingerprint& f) { f.chain(kBuiltIn); }), emptyFingerprint());
  CHECK(of([](Fingerprint& f) { f.chain(kFirst); }) != emptyFingerprint());
  CHECK(of([](Fingerprint& f) {
          f.chain(kBuiltIn);
          f.rule(kRule);
        }) != emptyFingerprint());
}

TEST("iptables/fingerprint", "jumps count by number and by the chain they are in") {
  const auto jumps = [](std::string_view chain, int count) {
    return of([&](Fingerprint& f) {
      for (int i = 0; i < count; ++i) f.jump(chain, kRule);
    });
  };
  CHECK(jumps("INPUT", 1) != jumps("INPUT", 2));
  CHECK(jumps("INPUT", 1) != jumps("OUTPUT", 1));
  CHECK(jumps("INPUT", 1) != emptyFingerprint());
}

TEST("iptables/fingerprint", "a rule belongs to its chain") {
  const auto rule = [](const Chain& in, const Chain& other) {
    return of([&](Fingerprint& f) {
      f.chain(in);
      f.rule(kRule);
      f.chain(other);
    });
  };
  CHECK(rule(kFirst, kSecond) != rule(kSecond, kFirst));
}

TEST("iptables/fingerprint", "is the sum of what its chains add, whichever they are") {
  fake::kernel() = {};
  const TableId id{portshift::Family::kIpv4, TableName::kFilter};
  Table table = Table::open(id);
  for (const char *chain : {"own-1", "own-2", "other"}) table.createChain(chain);
  table.append("own-1", fake::ruleFor(1), {});
  table.append("other", fake::ruleFor(2), {});
  CHECK(fingerprintOf(table, "own-") != emptyFingerprint());
  const auto part = [&table](const char *chain) { return fingerprintIn(table, chain, "own-"); };
  CHECK_EQUAL(part("own-1") + part("own-2"), fingerprintOf(table, "own-"));
  for (const char *chain : {"other", "INPUT", "absent"}) {
    CHECK_EQUAL(part(chain), emptyFingerprint());
  }

  const std::uint64_t rest = fingerprintOf(table, "own-") - part("own-1");
  table.append("own-1", fake::ruleFor(3), {});
  CHECK_EQUAL(rest + part("own-1"), fingerprintOf(table, "own-"));
}
