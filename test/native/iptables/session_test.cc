#include "iptables/session.h"

#include <memory>
#include <string>

#include "check.h"
#include "directory.h"
#include "iptables/fake_kernel.h"
#include "util/error.h"

using namespace portshift::iptc;
using check::Directory;
using fake::kernel;
using portshift::Error;
using portshift::ErrorKind;
using portshift::Family;
using portshift::StopSignal;
using std::chrono::milliseconds;

namespace {

constexpr TableId kNat{Family::kIpv4, TableName::kNat};
const std::vector<ExpectedTable> kTables{{kNat, true, true}};
const std::string kPrefix = "own-";

/** A session in front of a nat table with one own chain. */
struct Stage {
  Stage() : session("", directory.file()) {
    kernel() = {};
    kernel().table(Family::kIpv4, "nat").chains.push_back({"own-1", std::nullopt, {}});
  }

  void readAhead(bool is_announced, const std::string& prefix = kPrefix) {
    session.readAhead(
        kTables, prefix, [is_announced] { return is_announced; }, stop);
  }

  CommitResult commit() { return commit(*appending(1)); }

  static std::shared_ptr<Change> appending(std::uint16_t port) {
    OperationBlock block;
    block.add(OperationKind::kAppend, "own-1", fake::ruleFor(port));
    return std::make_shared<Change>(Change{{{kNat, "", {block}}}});
  }

  void editAhead(const std::shared_ptr<const Change>& change, bool is_followed = true) {
    session.editAhead(change, [is_followed] { return is_followed; });
  }

  CommitResult commit(const Change& change) {
    return session.commit(change, kPrefix, milliseconds(0), stop);
  }

  std::string nat() const { return kernel().table(Family::kIpv4, "nat").text(); }

  XtablesLock lock() {
    XtablesLockFile file(directory.file());
    return XtablesLock::acquire(file, milliseconds(0), stop);
  }

  bool isLocked() {
    try {
      lock();
    } catch (const Error& error) {
      CHECK(error.failure().kind == ErrorKind::kLockTimeout);
      return true;
    }
    return false;
  }

  static std::string calls() {
    std::string text;
    for (const std::string& call : kernel().calls) text += (text.empty() ? "" : ", ") + call;
    return text;
  }

  Directory directory;
  StopSignal stop;
  Session session;
};

}  // namespace

TEST("iptables/session",
     "what was read ahead is not read again, and the lock is held all the while") {
  Stage stage;
  stage.readAhead(true);
  CHECK(stage.isLocked());
  CHECK(!stage.commit().stale);
  CHECK_EQUAL(Stage::calls(), "open ipv4 nat, commit ipv4 nat");
  CHECK(!stage.isLocked());
  CHECK_EQUAL(kernel().table(Family::kIpv4, "nat").text(), "INPUT:; own-1: 1");
}

TEST("iptables/session", "what no commit comes for is let go of") {
  Stage stage;
  stage.readAhead(false);
  CHECK(!stage.isLocked());
  CHECK(!stage.commit().stale);
  CHECK_EQUAL(Stage::calls(), "open ipv4 nat, open ipv4 nat, commit ipv4 nat");
}

TEST("iptables/session", "what was read ahead for other chains is read anew") {
  Stage stage;
  stage.readAhead(true, "others-");
  CHECK(!stage.commit().stale);
  CHECK_EQUAL(Stage::calls(), "open ipv4 nat, open ipv4 nat, commit ipv4 nat");
  CHECK(!stage.isLocked());
}

TEST("iptables/session", "nothing is read ahead while someone else has the lock") {
  Stage stage;
  {
    const XtablesLock other = stage.lock();
    stage.readAhead(true);
    CHECK_EQUAL(Stage::calls(), "");
  }
  CHECK(!stage.commit().stale);
}

TEST("iptables/session", "what cannot be read ahead is the commit's to tell") {
  Stage stage;
  kernel().forbidden.insert({Family::kIpv4, "nat"});
  stage.readAhead(true);
  CHECK(!stage.isLocked());
  try {
    stage.commit();
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.failure().kind == ErrorKind::kOpen);
  }
  CHECK(!stage.isLocked());
}

TEST("iptables/session", "what was edited ahead is committed as it is") {
  Stage stage;
  stage.readAhead(true);
  const auto change = Stage::appending(1);
  stage.editAhead(change);
  change->steps[0].blocks.push_back(Stage::appending(2)->steps[0].blocks[0]);
  stage.editAhead(change);
  CHECK(stage.isLocked());
  CHECK(!stage.commit(*change).stale);
  CHECK_EQUAL(Stage::calls(), "open ipv4 nat, commit ipv4 nat");
  CHECK_EQUAL(stage.nat(), "INPUT:; own-1: 1 2");
  CHECK(!stage.isLocked());
}

TEST("iptables/session", "nothing is edited ahead where nothing was read ahead") {
  Stage stage;
  const auto change = Stage::appending(1);
  stage.editAhead(change);
  CHECK(!stage.isLocked());
  CHECK_EQUAL(Stage::calls(), "");
  CHECK(!stage.commit(*change).stale);
  CHECK_EQUAL(stage.nat(), "INPUT:; own-1: 1");
}

TEST("iptables/session", "what was edited ahead and is not followed by more is forgotten") {
  Stage stage;
  stage.readAhead(true);
  const auto change = Stage::appending(1);
  stage.editAhead(change, false);
  CHECK(!stage.isLocked());
  CHECK(!stage.commit(*change).stale);
  CHECK_EQUAL(stage.nat(), "INPUT:; own-1: 1");
}

TEST("iptables/session", "what was edited ahead for another change is forgotten") {
  Stage stage;
  stage.readAhead(true);
  stage.editAhead(Stage::appending(1));
  const auto second = Stage::appending(2);
  stage.editAhead(second);
  stage.commit(*Stage::appending(3));
  CHECK_EQUAL(stage.nat(), "INPUT:; own-1: 3");
}

TEST("iptables/session", "what cannot be edited ahead is the commit's to tell") {
  Stage stage;
  stage.readAhead(true);
  const auto change = Stage::appending(1);
  change->steps[0].blocks[0].add(OperationKind::kDelete, "own-1", fake::ruleFor(9));
  stage.editAhead(change);
  CHECK(!stage.isLocked());
  try {
    stage.commit(*change);
    CHECK(false);
  } catch (const Error& error) {
    CHECK(error.failure().kind == ErrorKind::kOperation);
    CHECK_EQUAL(error.failure().operation.value_or(99), 1U);
  }
}

TEST("iptables/session", "what is read does not wait for what was read ahead") {
  Stage stage;
  stage.readAhead(true);
  stage.session.read({kNat}, kPrefix, {}, milliseconds(0), stage.stop);
  CHECK(!stage.isLocked());
}

TEST("iptables/session", "lets go of the lock when it is told to") {
  Stage stage;
  stage.readAhead(true);
  stage.session.letGo();
  CHECK(!stage.isLocked());
}
