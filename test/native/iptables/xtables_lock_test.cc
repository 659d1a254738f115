#include "iptables/xtables_lock.h"

#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "check.h"
#include "directory.h"
#include "util/error.h"

using check::Directory;
using portshift::Error;
using portshift::ErrorKind;
using portshift::Failure;
using portshift::StopSignal;
using portshift::iptc::LockWait;
using portshift::iptc::XtablesLock;
using portshift::iptc::XtablesLockFile;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

XtablesLock takeLock(const std::string& path, const LockWait& wait, StopSignal& stop) {
  XtablesLockFile file(path);
  return XtablesLock::acquire(file, wait, stop);
}

Failure failureOf(const std::string& file, milliseconds timeout, StopSignal& stop) {
  try {
    takeLock(file, timeout, stop);
  } catch (const Error& error) {
    return error.failure();
  }
  check::fail(__FILE__, __LINE__, "the lock was taken");
  return {};
}

}  // namespace

TEST("iptables/xtables_lock", "creates the file for its user alone, as iptables does") {
  const Directory directory;
  StopSignal stop;
  const auto lock = takeLock(directory.file(), milliseconds(0), stop);
  struct stat status {};
  CHECK_EQUAL(::stat(directory.file().c_str(), &status), 0);
  CHECK_EQUAL(status.st_mode & 0777U, 0600U);
}

TEST("iptables/xtables_lock", "is free again once its holder is gone") {
  const Directory directory;
  StopSignal stop;
  { const auto lock = takeLock(directory.file(), milliseconds(0), stop); }
  const auto lock = takeLock(directory.file(), milliseconds(0), stop);
}

TEST("iptables/xtables_lock", "gives up after the time it was given") {
  const Directory directory;
  StopSignal stop;
  const auto lock = takeLock(directory.file(), milliseconds(0), stop);
  CHECK(failureOf(directory.file(), milliseconds(0), stop).kind == ErrorKind::kLockTimeout);
  const auto begin = Clock::now();
  CHECK(failureOf(directory.file(), milliseconds(60), stop).kind == ErrorKind::kLockTimeout);
  CHECK(Clock::now() - begin >= milliseconds(60));
}

TEST("iptables/xtables_lock", "waits for a holder that lets go in time") {
  const Directory directory;
  StopSignal stop;
  auto held = std::make_unique<XtablesLock>(takeLock(directory.file(), milliseconds(0), stop));
  std::thread holder([&held] {
    std::this_thread::sleep_for(milliseconds(30));
    held.reset();
  });
  const auto lock = takeLock(directory.file(), milliseconds(10'000), stop);
  holder.join();
}

TEST("iptables/xtables_lock", "a file that cannot be opened is another failure") {
  const Directory directory;
  StopSignal stop;
  const Failure failure = failureOf(directory.file() + "/none", milliseconds(1000), stop);
  CHECK(failure.kind == ErrorKind::kLock);
  CHECK_EQUAL(failure.code, ENOENT);
  CHECK_EQUAL(failure.syscall, "open");
}

TEST("iptables/xtables_lock",
     "is no directory, no FIFO and no device, none of which is waited for") {
  const Directory directory;
  StopSignal stop;
  const std::string file = directory.file();
  CHECK_EQUAL(::mkdir(file.c_str(), 0700), 0);
  CHECK_EQUAL(failureOf(file, milliseconds(1000), stop).code, EISDIR);
  CHECK_EQUAL(::rmdir(file.c_str()), 0);
  CHECK_EQUAL(::mkfifo(file.c_str(), 0600), 0);
  const Failure failure = failureOf(file, milliseconds(1000), stop);
  CHECK(failure.kind == ErrorKind::kLock);
  CHECK_EQUAL(failure.code, EINVAL);
  CHECK_EQUAL(failureOf("/dev/null", milliseconds(1000), stop).code, EINVAL);
}

TEST("iptables/xtables_lock",
     "is the file that a link leads to, and is not made at its other end") {
  const Directory directory;
  StopSignal stop;
  const std::string file = directory.file();
  const std::string target = file + ".target";
  CHECK_EQUAL(::symlink(target.c_str(), file.c_str()), 0);
  const Failure failure = failureOf(file, milliseconds(1000), stop);
  CHECK(failure.kind == ErrorKind::kLock);
  CHECK(failure.message.find("link to a file that is not there") != std::string::npos);
  CHECK(::access(target.c_str(), F_OK) != 0);
  { const auto made = takeLock(target, milliseconds(0), stop); }
  const auto lock = takeLock(file, milliseconds(0), stop);
  CHECK(failureOf(target, milliseconds(0), stop).kind == ErrorKind::kLockTimeout);
}

TEST("iptables/xtables_lock", "a stop ends the waiting") {
  const Directory directory;
  StopSignal stop;
  const auto lock = takeLock(directory.file(), milliseconds(0), stop);
  std::thread stopper([&stop] {
    std::this_thread::sleep_for(milliseconds(20));
    stop.raise();
  });
  CHECK(failureOf(directory.file(), milliseconds(60'000), stop).kind == ErrorKind::kClosed);
  stopper.join();
}

TEST("iptables/xtables_lock", "goes by the file that the path names now") {
  const Directory directory;
  StopSignal stop;
  XtablesLockFile file(directory.file());
  { const auto lock = XtablesLock::acquire(file, milliseconds(0), stop); }
  CHECK_EQUAL(::unlink(directory.file().c_str()), 0);
  const auto other = takeLock(directory.file(), milliseconds(0), stop);
  bool is_held = false;
  try {
    const auto lock = XtablesLock::acquire(file, milliseconds(0), stop);
  } catch (const Error& error) {
    is_held = error.failure().kind == ErrorKind::kLockTimeout;
  }
  CHECK(is_held);
}
