#include "netlink/netlink_answer.h"

#include <algorithm>

#include "netlink/netlink_errno.h"

namespace portshift::conntrack {

NetlinkAnswer::Progress NetlinkAnswer::take(ByteView received, const Visit& visit) {
  std::size_t offset = 0;
  while (received.size() - offset >= NLMSG_HDRLEN) {
    const auto header = loadAt<nlmsghdr>(received, offset);
    if (header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > received.size() - offset) break;
    const ByteView payload = received.sub(
        offset + NLMSG_HDRLEN, header.nlmsg_len - static_cast<std::size_t>(NLMSG_HDRLEN));
    const std::size_t step = NLMSG_ALIGN(header.nlmsg_len);
    offset += std::min(step, received.size() - offset);
    if (header.nlmsg_seq != sequence_) continue;
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) disturbed_ = true;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
      // Both begin with a negative errno, or 0.
      error_ = netlinkErrno(loadAt<int>(payload));
      return Progress::kDone;
    }
    if (header.nlmsg_type < NLMSG_MIN_TYPE || !visit) continue;
    const bool wants_more = visit(header, payload);
    if (!is_dump_) return Progress::kDone;
    if (!wants_more) return Progress::kStopped;
  }
  return Progress::kMore;
}

}  // namespace portshift::conntrack
