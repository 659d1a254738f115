#include "fuzz/fake_netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

using portshift::ByteView;
using portshift::loadAt;

namespace {

constexpr std::uint32_t kSequences = 8;
constexpr int kErrors[] = {EINTR, ENOBUFS, ENOMEM, EAGAIN};

ByteView waiting;
std::uint32_t asked = 0;

ByteView nextMessage(const nlmsghdr& header) {
  const std::size_t size = std::min<std::size_t>(header.nlmsg_len, waiting.size());
  const ByteView message = waiting.sub(0, size);
  waiting = waiting.sub(NLMSG_ALIGN(size), waiting.size());
  return message;
}

ssize_t failed(int code) {
  errno = code;
  return -1;
}

}  // namespace

void fuzz::answerWith(ByteView input) {
  waiting = input;
}

extern "C" ssize_t sendmsg(int /*fd*/, const msghdr *message, int /*flags*/) {
  const iovec& first = message->msg_iov[0];
  asked = loadAt<nlmsghdr>({first.iov_base, first.iov_len}).nlmsg_seq;
  ssize_t size = 0;
  for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
    size += static_cast<ssize_t>(message->msg_iov[i].iov_len);
  }
  return size;
}

extern "C" ssize_t sendto(int /*fd*/, const void *bytes, std::size_t size, int /*flags*/,
                          const sockaddr * /*address*/, socklen_t /*length*/) {
  asked = loadAt<nlmsghdr>({bytes, size}).nlmsg_seq;
  return static_cast<ssize_t>(size);
}

extern "C" ssize_t recvmsg(int /*fd*/, msghdr *message, int flags) {
  if (waiting.size() < sizeof(nlmsghdr)) {
    waiting = {};
    return failed((flags & MSG_DONTWAIT) != 0 ? EAGAIN : EBADF);
  }
  auto header = loadAt<nlmsghdr>(waiting);
  if (header.nlmsg_len < sizeof header) {
    waiting = waiting.sub(sizeof header, waiting.size());
    return failed(kErrors[header.nlmsg_type % std::size(kErrors)]);
  }
  const ByteView answer = nextMessage(header);
  header.nlmsg_seq = asked + header.nlmsg_seq % kSequences;
  const iovec& part = message->msg_iov[0];
  std::copy_n(answer.begin(), std::min(answer.size(), part.iov_len),
              static_cast<std::uint8_t *>(part.iov_base));
  std::memcpy(part.iov_base, &header, sizeof header);
  message->msg_flags = answer.size() > part.iov_len ? MSG_TRUNC : 0;
  return static_cast<ssize_t>(answer.size());
}
