#include "util/unique_fd.h"

#include <fcntl.h>

#include "check.h"

using portshift::UniqueFd;

namespace {

int openNull() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}
bool isOpen(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

}  // namespace

TEST("util/unique_fd", "closes what it owns, once") {
  const int fd = openNull();
  { const UniqueFd owner(fd); }
  CHECK(!isOpen(fd));
}

TEST("util/unique_fd", "moves") {
  const int fd = openNull();
  UniqueFd first(fd);
  UniqueFd second(std::move(first));
  CHECK(!first);  // NOLINT(bugprone-use-after-move): that is the question
  CHECK_EQUAL(second.get(), fd);
  const int replaced = openNull();
  UniqueFd third(replaced);
  third = std::move(second);
  CHECK(!isOpen(replaced));
  CHECK(isOpen(fd));
}
