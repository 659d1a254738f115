#include "util/unix_socket.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "check.h"
#include "util/error.h"

using portshift::abstractListeners;
using portshift::connectAbstract;
using portshift::Error;
using portshift::listenAbstract;
using portshift::networkNamespaceCookie;
using portshift::peerCredentials;

namespace {

std::string ownName() {
  return "portshift-test/" + std::to_string(::getpid()) + "/";
}

template <typename Call>
int errnoOf(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.failure().code;
  }
  return 0;
}

}  // namespace

TEST("util/unix_socket", "listeners are found by the beginning of their names") {
  const auto one = listenAbstract("", ownName() + "one");
  const auto two = listenAbstract("", ownName() + "two");
  auto names = abstractListeners("", ownName());
  std::sort(names.begin(), names.end());
  CHECK_EQUAL(names.size(), 2U);
  CHECK_EQUAL(names.at(0), ownName() + "one");
  CHECK(abstractListeners("", ownName() + "x").empty());
}

TEST("util/unix_socket", "a connected socket knows its peer, and is not listed") {
  const auto listener = listenAbstract("", ownName() + "peer");
  const auto client = connectAbstract("", ownName() + "peer");
  CHECK(client.has_value());
  const auto peer = peerCredentials(client->get());
  CHECK_EQUAL(peer.pid, ::getpid());
  CHECK_EQUAL(peer.uid, ::geteuid());
  CHECK_EQUAL(abstractListeners("", ownName()).size(), 1U);
}

TEST("util/unix_socket", "nobody there is no error; a queue that is full is one at once") {
  CHECK(!connectAbstract("", ownName() + "nobody").has_value());
  const auto listener = listenAbstract("", ownName() + "full");
  CHECK_EQUAL(errnoOf([] { listenAbstract("", ownName() + "full"); }), EADDRINUSE);
  std::vector<portshift::UniqueFd> waiting;
  const int code = errnoOf([&waiting] {
    for (int count = 0; count < 1000; ++count) {
      waiting.push_back(std::move(*connectAbstract("", ownName() + "full")));
    }
  });
  CHECK_EQUAL(code, EAGAIN);
}

TEST("util/unix_socket", "a name has its limit, and a namespace must be one") {
  CHECK_EQUAL(errnoOf([] { listenAbstract("", std::string(108, 'x')); }), ENAMETOOLONG);
  CHECK_EQUAL(errnoOf([] { networkNamespaceCookie("/dev/null"); }), EINVAL);
  CHECK_EQUAL(errnoOf([] { networkNamespaceCookie("/nonexistent"); }), ENOENT);
  CHECK_EQUAL(errnoOf([] { peerCredentials(-1); }), EBADF);
}

TEST("util/unix_socket", "a namespace has the same cookie by every name") {
  CHECK(networkNamespaceCookie("") == networkNamespaceCookie("/proc/self/ns/net"));
}
