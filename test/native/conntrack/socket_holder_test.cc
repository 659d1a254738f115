#include "conntrack/socket_holder.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>

#include "check.h"

using portshift::UniqueFd;
using portshift::conntrack::borrowSocket;
using portshift::conntrack::SocketName;

namespace {

SocketName nameOf(int fd) {
  SocketName name;
  struct stat status {};
  socklen_t size = sizeof name.cookie;
  CHECK_EQUAL(::fstat(fd, &status), 0);
  CHECK_EQUAL(::getsockopt(fd, SOL_SOCKET, SO_COOKIE, &name.cookie, &size), 0);
  name.inode = static_cast<std::uint32_t>(status.st_ino);
  return name;
}

}  // namespace

TEST("conntrack/socket_holder", "borrows the socket of that name from whoever has it") {
  const UniqueFd own(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketName name = nameOf(own.get());
  const auto borrowed = borrowSocket(name);
  CHECK_EQUAL(borrowed.code, 0);
  CHECK(borrowed.fd && borrowed.fd.get() != own.get());
  CHECK_EQUAL(nameOf(borrowed.fd.get()).cookie, name.cookie);
}

TEST("conntrack/socket_holder", "borrows no later socket of the same inode") {
  const UniqueFd own(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SocketName name = nameOf(own.get());
  ++name.cookie;
  const auto borrowed = borrowSocket(name);
  CHECK(!borrowed.fd);
  CHECK_EQUAL(borrowed.code, ESRCH);
}

TEST("conntrack/socket_holder", "finds none that no process has") {
  CHECK_EQUAL(borrowSocket({0, 1}).code, ESRCH);
  CHECK(!borrowSocket({0xfffffffeU, 1}).fd);
}
