#include "iptables/transaction.h"

#include <cerrno>

#include "check.h"
#include "iptables/codec/canonical_entry.h"
#include "iptables/fake_kernel.h"
#include "iptables/fingerprint.h"
#include "util/error.h"
#include "util/hash.h"

using namespace portshift::iptc;
using fake::kernel;
using portshift::Error;
using portshift::ErrorKind;
using portshift::Failure;
using portshift::Family;
using portshift::Left;

namespace {

constexpr TableId kFilter{Family::kIpv4, TableName::kFilter};
constexpr TableId kNat{Family::kIpv4, TableName::kNat};
constexpr TableId kMangle{Family::kIpv4, TableName::kMangle};

/** Filter and nat are in use, with a rule in chain own-1. */
void start() {
  kernel() = {};
  for (const char *name : {"filter", "nat"}) {
    kernel()
        .table(Family::kIpv4, name)
        .chains.push_back({"own-1", std::nullopt, {fake::ruleFor(1)}});
  }
}

std::string filter() {
  return kernel().table(Family::kIpv4, "filter").text();
}
std::string nat() {
  return kernel().table(Family::kIpv4, "nat").text();
}

Step adding(TableId table, std::uint16_t port, std::string expect = "") {
  OperationBlock block;
  block.add(OperationKind::kAppend, "own-1", fake::ruleFor(port));
  return {table, std::move(expect), {std::move(block)}};
}

Step exchanging(TableId table, std::uint16_t out, std::uint16_t in) {
  OperationBlock block;
  block.add(OperationKind::kDelete, "own-1", fake::ruleFor(out));
  block.add(OperationKind::kInsert, "own-1", fake::ruleFor(in));
  return {table, "", {std::move(block)}};
}

CommitResult run(std::vector<Step> steps) {
  const Change change{std::move(steps)};
  TableMemory memory;
  LockedTables tables("own-", memory);
  return Transaction(change, tables).run();
}

Failure failureOf(std::vector<Step> steps) {
  try {
    run(std::move(steps));
  } catch (const Error& error) {
    return error.failure();
  }
  check::fail(__FILE__, __LINE__, "nothing was thrown");
  return {};
}

/** Someone who does not hold the lock adds a rule to that chain, and the commit is refused for it.
 */
fake::Outcome overtakenIn(const char *chain, std::uint16_t port) {
  return [chain, port](fake::FakeTable& table, const fake::FakeTable&) {
    table.find(chain)->rules.push_back(fake::ruleFor(port));
    return EAGAIN;
  };
}

std::string joined(const std::vector<std::string>& calls) {
  std::string text;
  for (const std::string& call : calls) text += (text.empty() ? "" : ", ") + call;
  return text;
}

}  // namespace

TEST("iptables/transaction", "one read and one commit for each table") {
  start();
  const CommitResult result = run({adding(kFilter, 2), exchanging(kNat, 1, 3)});
  CHECK(!result.stale);
  CHECK_EQUAL(result.fingerprints.size(), 2U);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1 2");
  CHECK_EQUAL(nat(), "INPUT:; own-1: 3");
  CHECK_EQUAL(joined(kernel().calls),
              "open ipv4 filter, open ipv4 nat, commit ipv4 filter, commit ipv4 nat");
}

TEST("iptables/transaction", "what was edited ahead is not edited again, and may grow meanwhile") {
  start();
  Change change{{exchanging(kNat, 1, 3)}};
  TableMemory memory;
  LockedTables tables("own-", memory);
  Transaction transaction(change, tables);
  transaction.editAhead();
  CHECK_EQUAL(joined(kernel().calls), "open ipv4 nat");
  change.steps[0].blocks.push_back(adding(kNat, 4).blocks[0]);
  change.steps.push_back(Step{kFilter, "", {}});
  transaction.editAhead();
  change.steps[0].blocks.push_back(adding(kNat, 5).blocks[0]);
  change.steps.push_back(adding(kNat, 6));
  transaction.editAhead();
  CHECK_EQUAL(nat(), "INPUT:; own-1: 1");
  const CommitResult result = transaction.run();
  CHECK_EQUAL(result.fingerprints.size(), 3U);
  CHECK_EQUAL(nat(), "INPUT:; own-1: 3 4 5 6");
  CHECK_EQUAL(joined(kernel().calls),
              "open ipv4 nat, open ipv4 filter, commit ipv4 nat, open ipv4 nat, commit ipv4 nat");
}

TEST("iptables/transaction",
     "what was edited ahead is edited again when a foreign rule came in between") {
  start();
  const Change change{{exchanging(kNat, 1, 3)}};
  TableMemory memory;
  LockedTables tables("own-", memory);
  Transaction transaction(change, tables);
  transaction.editAhead();
  kernel().outcomes = {overtakenIn("INPUT", 99)};
  transaction.run();
  CHECK_EQUAL(nat(), "INPUT: 99; own-1: 3");
}

TEST("iptables/transaction",
     "nothing is edited ahead in a table that is missing, or not as expected") {
  for (const TableId id : {kMangle, kNat}) {
    start();
    const Change change{{adding(id, 2, portshift::toHex(1))}};
    TableMemory memory;
    LockedTables tables("own-", memory);
    Transaction transaction(change, tables);
    transaction.editAhead();
    CHECK_EQUAL(kernel().tables.size(), 2U);
    CHECK(transaction.run().stale);
    CHECK(joined(kernel().calls).find("commit") == std::string::npos);
  }
}

TEST("iptables/transaction", "a table of two steps is read again for the second one") {
  start();
  run({adding(kFilter, 2), adding(kFilter, 3)});
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1 2 3");
  CHECK_EQUAL(joined(kernel().calls),
              "open ipv4 filter, commit ipv4 filter, open ipv4 filter, commit ipv4 filter");
}

TEST("iptables/transaction", "a step without operations commits nothing") {
  start();
  CHECK_EQUAL(run({Step{kFilter, "", {}}}).fingerprints.size(), 1U);
  CHECK_EQUAL(joined(kernel().calls), "open ipv4 filter");
  run({Step{kMangle, "", {}}});
  CHECK_EQUAL(kernel().tables.size(), 2U);
  const auto result = run({Step{kNat, "", {}}, adding(kNat, 2), Step{kNat, "", {}}});
  CHECK(result.fingerprints[0] != result.fingerprints[1]);
  CHECK_EQUAL(result.fingerprints[1], result.fingerprints[2]);
}

TEST("iptables/transaction", "stale: nothing is committed and no table is created") {
  start();
  const std::string wrong = portshift::toHex(1);
  CHECK(run({adding(kMangle, 2), adding(kFilter, 2, wrong)}).stale);
  CHECK_EQUAL(joined(kernel().calls), "open ipv4 filter");
  CHECK_EQUAL(kernel().tables.size(), 2U);
  // That it is expected to have rules of ours says that it is there.
  CHECK(run({adding(kMangle, 2, wrong)}).stale);
  CHECK(joined(kernel().calls).find("commit") == std::string::npos);
}

TEST("iptables/transaction", "a table that cannot be opened stops it before the first step") {
  start();
  kernel().forbidden = {{Family::kIpv4, "mangle"}};
  const Failure failure = failureOf({adding(kFilter, 2), adding(kMangle, 2)});
  CHECK(failure.kind == ErrorKind::kOpen);
  CHECK_EQUAL(failure.code, EPERM);
  CHECK_EQUAL(failure.table, "mangle");
  CHECK(failure.left == Left::kNothing);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1");
}

TEST("iptables/transaction", "is made again when a foreign rule came in between") {
  start();
  kernel().outcomes = {overtakenIn("INPUT", 99), overtakenIn("INPUT", 98)};
  run({exchanging(kFilter, 1, 2)});
  CHECK_EQUAL(filter(), "INPUT: 99 98; own-1: 2");
}

TEST("iptables/transaction", "gives up when it is always overtaken") {
  start();
  kernel().outcomes.assign(1000, fake::failWith(EAGAIN));
  const Failure failure = failureOf({adding(kFilter, 2)});
  CHECK(failure.kind == ErrorKind::kCommit);
  CHECK_EQUAL(failure.code, EAGAIN);
  CHECK(failure.left == Left::kNothing);
  CHECK(kernel().outcomes.size() > 800);
}

TEST("iptables/transaction", "is undone when an own rule came in between") {
  start();
  kernel().outcomes = {fake::succeed, overtakenIn("own-1", 99)};
  const Failure failure = failureOf({adding(kFilter, 2), adding(kNat, 2)});
  CHECK_EQUAL(failure.code, EAGAIN);
  CHECK(failure.left == Left::kUndone);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1");
  CHECK_EQUAL(nat(), "INPUT:; own-1: 1 99");
}

TEST("iptables/transaction", "a commit that failed after it did its work has succeeded") {
  start();
  kernel().outcomes = {fake::succeedButSay(ENOMEM)};
  CHECK_EQUAL(run({adding(kFilter, 2), adding(kNat, 2)}).fingerprints.size(), 2U);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1 2");
  CHECK_EQUAL(nat(), "INPUT:; own-1: 1 2");
}

TEST("iptables/transaction", "a refused step undoes the earlier ones, in reverse order") {
  start();
  kernel().outcomes = {fake::succeed, fake::succeed, fake::failWith(EINVAL)};
  const Failure refused =
      failureOf({exchanging(kFilter, 1, 2), exchanging(kNat, 1, 3), adding(kFilter, 4)});
  CHECK(refused.kind == ErrorKind::kCommit);
  CHECK_EQUAL(refused.code, EINVAL);
  CHECK_EQUAL(refused.step.value_or(99), 2U);
  CHECK(refused.left == Left::kUndone);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1");
  CHECK_EQUAL(nat(), "INPUT:; own-1: 1");
  CHECK_EQUAL(kernel().calls.back(), "commit ipv4 filter");
}

TEST("iptables/transaction", "says so when undoing fails as well") {
  start();
  kernel().outcomes = {fake::succeed, fake::failWith(EINVAL), fake::failWith(EPERM)};
  const Failure failure = failureOf({adding(kFilter, 2), adding(kNat, 2)});
  CHECK_EQUAL(failure.code, EINVAL);
  CHECK(failure.left == Left::kPartial);
  CHECK(failure.undo_error.find("EPERM") != std::string::npos);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1 2");
}

TEST("iptables/transaction", "does not undo what somebody else has changed since") {
  start();
  kernel().outcomes = {fake::succeed, [](fake::FakeTable&, const fake::FakeTable&) {
                         kernel().table(Family::kIpv4, "filter").find("own-1")->rules.clear();
                         return EINVAL;
                       }};
  const Failure failure = failureOf({adding(kFilter, 2), adding(kNat, 2)});
  CHECK(failure.left == Left::kPartial);
  CHECK(failure.undo_error.find("xtables lock") != std::string::npos);
  CHECK_EQUAL(filter(), "INPUT:; own-1:");
}

TEST("iptables/transaction",
     "a table in an unknown state is left alone, and so are the earlier steps") {
  start();
  kernel().outcomes = {fake::succeed, [](fake::FakeTable& table, const fake::FakeTable&) {
                         table.find("own-1")->rules.clear();
                         return EINVAL;
                       }};
  const Failure changed = failureOf({adding(kFilter, 2), adding(kNat, 2)});
  CHECK(changed.left == Left::kPartial);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1 2");

  start();
  kernel().outcomes = {[](fake::FakeTable&, const fake::FakeTable&) {
    kernel().forbidden = {{Family::kIpv4, "filter"}};
    return EINVAL;
  }};
  const Failure unreadable = failureOf({adding(kFilter, 2)});
  CHECK_EQUAL(unreadable.code, EINVAL);
  CHECK(unreadable.left == Left::kPartial);
  CHECK(unreadable.undo_error.find("EPERM") != std::string::npos);
}

TEST("iptables/transaction", "an operation that fails in memory undoes the earlier steps") {
  start();
  const Failure failure = failureOf({adding(kFilter, 2), exchanging(kNat, 9, 2)});
  CHECK(failure.kind == ErrorKind::kOperation);
  CHECK_EQUAL(failure.operation.value_or(99), 0U);
  CHECK_EQUAL(failure.table, "nat");
  CHECK(failure.left == Left::kUndone);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1");
}

TEST("iptables/transaction", "keeps the policy counters, which libiptc would set to zero") {
  start();
  run({adding(kFilter, 2)});
  const auto counters = kernel().table(Family::kIpv4, "filter").find("INPUT")->policy_counters;
  CHECK_EQUAL(counters->packets, 7U);
  CHECK_EQUAL(counters->bytes, 700U);
}

TEST("iptables/transaction",
     "gives every rule its counters back where the kernel was not told of them") {
  start();
  auto& rule = kernel().table(Family::kIpv4, "filter").find("own-1")->rules.at(0);
  fake::setCounters(rule, {3, 300});
  kernel().outcomes = {fake::loseCounters(ENOMEM), fake::loseCounters(ENOMEM)};
  run({adding(kFilter, 2)});
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1 2");
  auto& after = kernel().table(Family::kIpv4, "filter");
  CHECK_EQUAL(after.find("INPUT")->policy_counters->packets, 7U);
  const auto counters =
      portshift::xt::entryCounters(Family::kIpv4, after.find("own-1")->rules.at(0));
  CHECK_EQUAL(counters.packets, 3U);
  CHECK_EQUAL(counters.bytes, 300U);
}

TEST("iptables/transaction", "says so when the counters cannot be given back") {
  start();
  kernel().outcomes.assign(100, fake::loseCounters(ENOMEM));
  const Failure failure = failureOf({adding(kFilter, 2)});
  CHECK(failure.left == Left::kPartial);
  CHECK(failure.undo_error.find("counters") != std::string::npos);
  CHECK_EQUAL(filter(), "INPUT:; own-1: 1 2");
}
