#include "util/errno_name.h"

#include <cerrno>

#include "check.h"
#include "util/error.h"

using portshift::errnoName;
using portshift::Error;
using portshift::ErrorKind;

TEST("util/errno_name", "names what the kernel returns") {
  CHECK_EQUAL(errnoName(EPERM), "EPERM");
  CHECK_EQUAL(errnoName(EAGAIN), "EAGAIN");
  CHECK_EQUAL(errnoName(ENOPROTOOPT), "ENOPROTOOPT");
  CHECK_EQUAL(errnoName(99999), "errno 99999");
}

TEST("util/errno_name", "an error says the call, what for, and the errno") {
  const Error error = Error::fromErrno(ErrorKind::kNamespace, "setns", EINVAL, "/run/netns/x");
  CHECK_EQUAL(std::string(error.what()), "setns /run/netns/x: Invalid argument (EINVAL)");
  CHECK_EQUAL(error.failure().code, EINVAL);
  CHECK_EQUAL(error.failure().syscall, "setns");
  CHECK_EQUAL(errorKindName(error.failure().kind), "namespace");
}
