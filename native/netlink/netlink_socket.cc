#include "netlink/netlink_socket.h"

#include <sys/socket.h>

#include <cerrno>

#include "util/error.h"
#include "util/sandbox.h"

namespace portshift::conntrack {

namespace {

/** Twice the size that the kernel fills at once (netlink_dump() in net/netlink/af_netlink.c). */
constexpr std::size_t kBufferSize = 65536;
constexpr int kAttempts = 20;

Error failure(const char *syscall, int code) {
  return Error::fromErrno(ErrorKind::kConnections, syscall, code, "on a netlink socket");
}

[[noreturn]] void fail(const char *syscall, int code) {
  throw failure(syscall, code).withForbidden(forbiddenCall(syscall, code));
}

}  // namespace

int NetlinkSocket::dump(NetlinkRequest request, const std::function<void()>& restart,
                        const Visit& visit) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    restart();
    send(request);
    try {
      NetlinkAnswer answer(sequence_, true);
      if (readDump(answer, visit)) return answer.error();
    } catch (...) {
      abandonDump();
      throw;
    }
  }
  throw Error(ErrorKind::kConnections, "every attempt to read the kernel's table was disturbed");
}

int NetlinkSocket::execute(NetlinkRequest request, const Visit& visit) {
  return ask(request, visit).code;
}

int NetlinkSocket::remove(NetlinkRequest request) {
  const Answer answer = ask(request, {});
  return answer.code == ENOENT && answer.attempt > 0 ? 0 : answer.code;
}

NetlinkSocket::Answer NetlinkSocket::ask(NetlinkRequest& request, const Visit& visit) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    send(request);
    NetlinkAnswer answer(sequence_, false);
    for (std::size_t size = receive(); size != 0; size = receive()) {
      const auto progress = answer.take(received(size), visit);
      if (progress == NetlinkAnswer::Progress::kDone) return {answer.error(), attempt};
    }
  }
  fail("recvmsg", ENOBUFS);
}

bool NetlinkSocket::readDump(NetlinkAnswer& answer, const Visit& visit) {
  using Progress = NetlinkAnswer::Progress;
  for (;;) {
    const std::size_t size = receive();
    if (size == 0) {
      abandonDump();
      return false;
    }
    const Progress progress = answer.take(received(size), visit);
    if (progress == Progress::kMore) continue;
    if (progress == Progress::kStopped) abandonDump();
    return progress == Progress::kStopped || !answer.isDisturbed();
  }
}

void NetlinkSocket::send(NetlinkRequest& request) {
  if (!fd_) {
    fd_ = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol_));
    if (!fd_) {
      const int code = errno;
      throw failure("socket", code).withForbidden(forbiddenSocket(AF_NETLINK, SOCK_RAW, code));
    }
    buffer_.resize(kBufferSize);
  }
  const ByteView bytes = request.number(++sequence_);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  for (;;) {
    const ssize_t sent = ::sendto(fd_.get(), bytes.data(), bytes.size(), 0,
                                  reinterpret_cast<const sockaddr *>(&kernel), sizeof kernel);
    if (sent >= 0) return;
    if (errno != EINTR) fail("sendto", errno);
  }
}

std::size_t NetlinkSocket::receive() {
  for (;;) {
    sockaddr_nl sender{};
    iovec part{buffer_.data(), buffer_.size()};
    msghdr message{};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = ::recvmsg(fd_.get(), &message, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == ENOBUFS) return 0;
    if (size < 0) fail("recvmsg", errno);
    if ((message.msg_flags & MSG_TRUNC) != 0) {
      buffer_.resize(buffer_.size() * 2);
      return 0;
    }
    // Other processes can also send to a netlink socket; the kernel has the port 0.
    if (sender.nl_pid == 0 && size > 0) return static_cast<std::size_t>(size);
  }
}

}  // namespace portshift::conntrack
