#include "nftables/socket.h"

#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <thread>

#include "util/error.h"
#include "util/sandbox.h"
#include "util/transient.h"

namespace portshift::nft {

namespace {

/** The maximum number of attempts to send while the kernel lacks memory. */
constexpr int kAttempts = 10;
constexpr std::chrono::milliseconds kSendPause{2};
constexpr std::size_t kReceiveBuffer = std::size_t{128} * 1024;
/**
 * The size of the kernel's receive buffer: enough for the answers to about 10,000 failing messages.
 */
constexpr int kReceiveRoom = 8 * 1024 * 1024;

Error openError(const char *call) {
  const int code = errno;
  // Joining a group needs the capability; the other calls need none.
  return Error::fromErrno(ErrorKind::kOpen, call, code)
      .withForbidden(forbiddenCall(call, CAP_NET_ADMIN, code));
}

Error socketError() {
  const int code = errno;
  return Error::fromErrno(ErrorKind::kOpen, "socket", code)
      .withForbidden(forbiddenSocket(AF_NETLINK, SOCK_RAW, code));
}

/**
 * Sets a buffer size, beyond the system's limit if the privileges in the namespace allow it
 * (socket(7)).
 */
void setRoom(int fd, int forced, int limited, int size) {
  if (::setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) == 0) return;
  ::setsockopt(fd, SOL_SOCKET, limited, &size, sizeof size);
}

}  // namespace

Socket::Socket() : socket_(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC)) {
  if (!socket_) throw socketError();
  if (mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) != 0) throw openError("bind");
  int on = 1;
  // Kernels before 4.12 lack both options; errors are then mere numbers.
  mnl_socket_setsockopt(socket_.get(), NETLINK_EXT_ACK, &on, sizeof on);
  mnl_socket_setsockopt(socket_.get(), NETLINK_CAP_ACK, &on, sizeof on);
  setRoom(mnl_socket_get_fd(socket_.get()), SO_RCVBUFFORCE, SO_RCVBUF, kReceiveRoom);
  buffer_.resize(kReceiveBuffer);
}

void Socket::join(int group) {
  if (mnl_socket_setsockopt(socket_.get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
    throw openError("setsockopt");
  }
}

std::uint32_t Socket::takeSequence(std::size_t count) {
  const auto wanted = static_cast<std::uint32_t>(count);
  // The kernel uses sequence number 0 for messages that answer no request.
  if (next_sequence_ > std::numeric_limits<std::uint32_t>::max() - wanted) next_sequence_ = 1;
  const std::uint32_t first = next_sequence_;
  next_sequence_ += wanted;
  return first;
}

void Socket::makeRoomToSend(std::size_t size) {
  constexpr std::size_t kOverhead = 4096;
  if (size + kOverhead <= send_room_) return;
  send_room_ = size + kOverhead;
  const auto room =
      static_cast<int>(std::min<std::size_t>(send_room_, std::numeric_limits<int>::max() / 4));
  setRoom(mnl_socket_get_fd(socket_.get()), SO_SNDBUFFORCE, SO_SNDBUF, room);
}

int Socket::send(std::vector<iovec> parts) {
  std::size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  makeRoomToSend(size);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  msghdr message{};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  for (int attempt = 1;; ++attempt) {
    if (::sendmsg(mnl_socket_get_fd(socket_.get()), &message, 0) >= 0) return 0;
    if (!isTransient(errno) || attempt == kAttempts) return errno;
    std::this_thread::sleep_for(kSendPause);
  }
}

Received Socket::receive() {
  const int fd = mnl_socket_get_fd(socket_.get());
  for (;;) {
    iovec part{buffer_.data(), buffer_.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(fd, &message, MSG_DONTWAIT | MSG_TRUNC);
    if (size >= 0 && static_cast<std::size_t>(size) <= buffer_.size()) {
      received_ = static_cast<std::size_t>(size);
      return Received::kData;
    }
    received_ = 0;
    if (size >= 0) throw Error(ErrorKind::kInternal, "an answer of the kernel was cut short");
    if (errno == EAGAIN) return Received::kNothing;
    // An answer is also lost if the kernel lacks memory.
    if (errno == ENOBUFS || errno == ENOMEM) return Received::kOverrun;
    if (errno != EINTR) throw openError("recvmsg");
  }
}

void Socket::drain() {
  while (receive() != Received::kNothing) continue;
}

}  // namespace portshift::nft
