#include "util/unix_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>
#include <fstream>
#include <system_error>
#include <thread>

#include "util/error.h"
#include "util/network_namespace.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

namespace portshift {

namespace {

/** The maximum number of connections that wait to be accepted. */
constexpr int kBacklog = 64;

/** The flag in /proc/net/unix of a listening socket (__SO_ACCEPTCON). */
constexpr const char *kListening = "00010000";

/** Runs `work` in the network namespace, on a thread that ends afterwards. */
template <typename Work>
void runThere(const std::string& network_namespace, const Work& work) {
  if (network_namespace.empty()) {
    work();
    return;
  }
  std::exception_ptr failure;
  try {
    std::thread([&] {
      try {
        enterNetworkNamespace(network_namespace);
        work();
      } catch (...) {
        failure = std::current_exception();
      }
    }).join();
  } catch (const std::system_error& error) {
    throw Error::fromErrno(ErrorKind::kInternal, "pthread_create", error.code().value());
  }
  if (failure) std::rethrow_exception(failure);
}

UniqueFd openSocket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) throw Error::fromErrno(ErrorKind::kOpen, "socket", errno, "AF_UNIX");
  return fd;
}

/** Opens a socket of any family, because a sandbox may forbid some of them. */
UniqueFd openAnySocket() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd) fd = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return fd ? std::move(fd) : openSocket();
}

/** A sockaddr_un with an abstract name, and its length. */
class AbstractAddress {
 public:
  explicit AbstractAddress(const std::string& name) {
    address_.sun_family = AF_UNIX;
    if (name.size() >= sizeof(address_.sun_path)) {
      throw Error::fromErrno(ErrorKind::kOpen, "bind", ENAMETOOLONG, name);
    }
    // The first byte of an abstract name is zero.
    std::memcpy(address_.sun_path + 1, name.data(), name.size());
    length_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  }

  const sockaddr *get() const { return reinterpret_cast<const sockaddr *>(&address_); }
  socklen_t length() const { return length_; }

 private:
  sockaddr_un address_ = {};
  socklen_t length_ = 0;
};

}  // namespace

PeerCredentials peerCredentials(int fd) {
  ucred found = {};
  socklen_t size = sizeof(found);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) {
    throw Error::fromErrno(ErrorKind::kOpen, "getsockopt", errno, "SO_PEERCRED");
  }
  return {found.pid, found.uid, found.gid};
}

std::optional<std::uint64_t> networkNamespaceCookie(const std::string& network_namespace) {
  std::optional<std::uint64_t> result;
  runThere(network_namespace, [&] {
    const UniqueFd fd = openAnySocket();
    std::uint64_t cookie = 0;
    socklen_t size = sizeof(cookie);
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0) {
      result = cookie;
    } else if (errno != ENOPROTOOPT) {
      throw Error::fromErrno(ErrorKind::kOpen, "getsockopt", errno, "SO_NETNS_COOKIE");
    }
  });
  return result;
}

UniqueFd listenAbstract(const std::string& network_namespace, const std::string& name) {
  UniqueFd result;
  runThere(network_namespace, [&] {
    UniqueFd fd = openSocket();
    const AbstractAddress address(name);
    if (::bind(fd.get(), address.get(), address.length()) != 0) {
      throw Error::fromErrno(ErrorKind::kOpen, "bind", errno, name);
    }
    if (::listen(fd.get(), kBacklog) != 0) {
      throw Error::fromErrno(ErrorKind::kOpen, "listen", errno, name);
    }
    result = std::move(fd);
  });
  return result;
}

std::optional<UniqueFd> connectAbstract(const std::string& network_namespace,
                                        const std::string& name) {
  std::optional<UniqueFd> result;
  runThere(network_namespace, [&] {
    UniqueFd fd = openSocket();
    const AbstractAddress address(name);
    if (::connect(fd.get(), address.get(), address.length()) == 0) {
      result = std::move(fd);
    } else if (errno != ECONNREFUSED) {
      throw Error::fromErrno(ErrorKind::kOpen, "connect", errno, name);
    }
  });
  return result;
}

std::vector<std::string> abstractListeners(const std::string& network_namespace,
                                           const std::string& prefix) {
  std::vector<std::string> result;
  runThere(network_namespace, [&] {
    std::ifstream lines("/proc/thread-self/net/unix");
    if (!lines) throw Error::fromErrno(ErrorKind::kOpen, "open", errno, "/proc/net/unix");
    const std::string wanted = " @" + prefix;
    for (std::string line; std::getline(lines, line);) {
      const std::size_t at = line.find(wanted);
      if (at == std::string::npos || line.find(kListening) > at) continue;
      result.push_back(line.substr(at + 2));
    }
  });
  return result;
}

}  // namespace portshift
