#include "iptc/session.h"

#include <string>

#include "check.h"
#include "common/error.h"
#include "directory.h"
#include "iptc/fake_kernel.h"

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

  CommitResult commit() {
    OperationBlock block;
    block.add(OperationKind::kAppend, "own-1", fake::ruleFor(1));
    return session.commit({{{kNat, "", {block}}}}, kPrefix, milliseconds(0), stop);
  }

  XtablesLock lock() { return XtablesLock::acquire(directory.file(), milliseconds(0), stop); }

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

TEST("iptc/session", "what was read ahead is not read again, and the lock is held all the while") {
  Stage stage;
  stage.readAhead(true);
  CHECK(stage.isLocked());
  CHECK(!stage.commit().stale);
  CHECK_EQUAL(Stage::calls(), "open ipv4 nat, commit ipv4 nat");
  CHECK(!stage.isLocked());
  CHECK_EQUAL(kernel().table(Family::kIpv4, "nat").text(), "INPUT:; own-1: 1");
}

TEST("iptc/session", "what no commit comes for is let go of") {
  Stage stage;
  stage.readAhead(false);
  CHECK(!stage.isLocked());
  CHECK(!stage.commit().stale);
  CHECK_EQUAL(Stage::calls(), "open ipv4 nat, open ipv4 nat, commit ipv4 nat");
}

TEST("iptc/session", "what was read ahead for other chains is read anew") {
  Stage stage;
  stage.readAhead(true, "others-");
  CHECK(!stage.commit().stale);
  CHECK_EQUAL(Stage::calls(), "open ipv4 nat, open ipv4 nat, commit ipv4 nat");
  CHECK(!stage.isLocked());
}

TEST("iptc/session", "nothing is read ahead while someone else has the lock") {
  Stage stage;
  {
    const XtablesLock other = stage.lock();
    stage.readAhead(true);
    CHECK_EQUAL(Stage::calls(), "");
  }
  CHECK(!stage.commit().stale);
}

TEST("iptc/session", "what cannot be read ahead is the commit's to tell") {
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
