#include "conntrack/netlink_socket.h"

#include <sys/socket.h>

#include <cerrno>

#include "common/error.h"

namespace portshift::conntrack {

namespace {

/** Twice what the kernel fills at once (netlink_dump() in net/netlink/af_netlink.c). */
constexpr std::size_t kBufferSize = 65536;
constexpr int kAttempts = 20;

[[noreturn]] void fail(const char *syscall, int code) {
  throw Error::fromErrno(ErrorKind::kConnections, syscall, code, "on a netlink socket");
}

}  // namespace

int NetlinkSocket::dump(NetlinkRequest request, const std::function<void()>& restart,
                        const Visit& visit) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    restart();
    send(request);
    try {
      const Answer answer = readDump(visit);
      if (!answer.disturbed) return answer.error;
    } catch (...) {
      abandonDump();
      throw;
    }
  }
  throw Error(ErrorKind::kConnections, "every attempt to read the kernel's table was disturbed");
}

int NetlinkSocket::execute(NetlinkRequest request, const Visit& visit) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    send(request);
    Answer answer;
    for (std::size_t size = receive(); size != 0; size = receive()) {
      if (readBatch(size, false, visit, answer) == Progress::kDone) return answer.error;
    }
  }
  fail("recvmsg", ENOBUFS);
}

NetlinkSocket::Answer NetlinkSocket::readDump(const Visit& visit) {
  Answer answer;
  for (;;) {
    const std::size_t size = receive();
    const auto progress = size == 0 ? Progress::kStopped : readBatch(size, true, visit, answer);
    if (progress == Progress::kDone) return answer;
    if (progress == Progress::kStopped) {
      abandonDump();
      answer.disturbed = size == 0;
      return answer;
    }
  }
}

void NetlinkSocket::send(NetlinkRequest& request) {
  if (!fd_) {
    fd_ = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol_));
    if (!fd_) fail("socket", errno);
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
    // Other processes can send to a netlink socket too; the kernel is number 0.
    if (sender.nl_pid == 0 && size > 0) return static_cast<std::size_t>(size);
  }
}

NetlinkSocket::Progress NetlinkSocket::readBatch(std::size_t size, bool is_dump, const Visit& visit,
                                                 Answer& answer) {
  const ByteView batch = ByteView(buffer_).sub(0, size);
  std::size_t offset = 0;
  while (batch.size() - offset >= NLMSG_HDRLEN) {
    const auto header = loadAt<nlmsghdr>(batch, offset);
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > batch.size() - offset) break;
    const ByteView payload =
        batch.sub(offset + NLMSG_HDRLEN, header.nlmsg_len - static_cast<std::size_t>(NLMSG_HDRLEN));
    offset += NLMSG_ALIGN(header.nlmsg_len);
    if (offset > batch.size()) offset = batch.size();
    if (header.nlmsg_seq != sequence_) continue;
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) answer.disturbed = true;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      // Both begin with an error number below zero, or 0.
      answer.error = -loadAt<int>(payload);
      return Progress::kDone;
    }
    if (header.nlmsg_type < NLMSG_MIN_TYPE || !visit) continue;
    const bool wants_more = visit(header, payload);
    if (!is_dump) return Progress::kDone;
    if (!wants_more) return Progress::kStopped;
  }
  return Progress::kMore;
}

}  // namespace portshift::conntrack
