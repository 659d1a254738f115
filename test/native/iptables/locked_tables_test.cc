#include "iptables/locked_tables.h"

#include "check.h"
#include "iptables/fake_kernel.h"
#include "iptables/fingerprint.h"

using namespace portshift::iptc;
using fake::kernel;
using portshift::Family;

namespace {

constexpr TableId kMangle{Family::kIpv4, TableName::kMangle};
constexpr ExpectedTable kLookedAt{kMangle, true, false};

fake::FakeChain& start() {
  kernel() = {};
  auto& chains = kernel().table(Family::kIpv4, "mangle").chains;
  chains.push_back({"own-1", std::nullopt, {fake::ruleFor(1)}});
  return chains.back();
}

/** In a hold of its own. */
std::uint64_t look(TableMemory& memory, const char *prefix = "own-") {
  return LockedTables(prefix, memory).fingerprint(kLookedAt);
}

}  // namespace

TEST("iptables/locked_tables", "a table that is as it was is not opened again") {
  fake::FakeChain& chain = start();
  TableMemory memory;
  const std::uint64_t first = look(memory);
  CHECK_EQUAL(kernel().calls.size(), 1U);
  fake::setCounters(chain.rules.front(), {7, 700});
  CHECK_EQUAL(look(memory), first);
  CHECK_EQUAL(kernel().calls.size(), 1U);
}

TEST("iptables/locked_tables", "one that has changed is") {
  fake::FakeChain& chain = start();
  TableMemory memory;
  const std::uint64_t first = look(memory);
  chain.rules.push_back(fake::ruleFor(2));
  const std::uint64_t second = look(memory);
  CHECK(second != first);
  chain.rules.pop_back();
  CHECK_EQUAL(look(memory), first);
  CHECK_EQUAL(kernel().calls.size(), 3U);
}

TEST("iptables/locked_tables", "what was seen of it counts for the same prefix alone") {
  start();
  TableMemory memory;
  const std::uint64_t own = look(memory);
  CHECK_EQUAL(look(memory, "others-"), emptyFingerprint());
  CHECK_EQUAL(look(memory), own);
}

TEST("iptables/locked_tables", "one that is going to be edited is opened once") {
  start();
  TableMemory memory;
  LockedTables tables("own-", memory);
  const std::uint64_t first = tables.fingerprint({kMangle, true, true});
  CHECK_EQUAL(tables.fingerprint(kLookedAt), first);
  CHECK_EQUAL(tables.take(kMangle).fingerprint, first);
  CHECK_EQUAL(kernel().calls.size(), 1U);
}

TEST("iptables/locked_tables", "one that nobody has used is not opened") {
  kernel() = {};
  TableMemory memory;
  LockedTables tables("own-", memory);
  CHECK_EQUAL(tables.fingerprint({kMangle, false, true}), emptyFingerprint());
  CHECK(kernel().calls.empty());
}

TEST("iptables/locked_tables", "where the list of tables may not be read, each is asked for") {
  start();
  kernel().are_names_hidden = true;
  TableMemory memory;
  LockedTables tables("own-", memory);
  CHECK(tables.isThere(kMangle));
  CHECK(!tables.isThere({Family::kIpv4, TableName::kSecurity}));
  CHECK(tables.fingerprint({kMangle, false, false}) != emptyFingerprint());
  CHECK_EQUAL(tables.fingerprint({{Family::kIpv4, TableName::kSecurity}, false, true}),
              emptyFingerprint());
  CHECK_EQUAL(kernel().calls.size(), 1U);
}
