#include "util/network_namespace.h"

#include <cerrno>
#include <thread>

#include "check.h"
#include "util/error.h"

using portshift::enterNetworkNamespace;
using portshift::Error;
using portshift::ErrorKind;

namespace {

portshift::Failure failureOf(const std::string& path) {
  portshift::Failure failure;
  std::thread([&] {
    try {
      enterNetworkNamespace(path);
    } catch (const Error& error) {
      failure = error.failure();
    }
  }).join();
  return failure;
}

}  // namespace

TEST("util/network_namespace", "says which call failed and why") {
  const auto missing = failureOf("/nonexistent/namespace");
  CHECK(missing.kind == ErrorKind::kNamespace);
  CHECK_EQUAL(missing.syscall, "open");
  CHECK_EQUAL(missing.code, ENOENT);

  const auto other = failureOf("/dev/null");
  CHECK(other.kind == ErrorKind::kNamespace);
  CHECK_EQUAL(other.syscall, "setns");
  CHECK_EQUAL(other.code, EINVAL);
}
