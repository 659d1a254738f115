#include "nftables/kernel_answer.h"

#include <linux/netlink.h>

#include <algorithm>

#include "netlink/netlink_errno.h"

namespace portshift::nft {

namespace {

void readDetails(const char *begin, const char *end, KernelAnswer& answer) {
  const auto *attribute = reinterpret_cast<const nlattr *>(begin);
  while (
      mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char *>(attribute)))) {
    const ByteView value(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
    if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG) {
      answer.text.assign(value.begin(), std::find(value.begin(), value.end(), 0));
    } else if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_OFFS) {
      answer.offset = loadAt<std::uint32_t>(value);
    }
    attribute = mnl_attr_next(attribute);
  }
}

}  // namespace

KernelAnswer readAnswer(const nlmsghdr *header) {
  KernelAnswer answer;
  const std::size_t size = mnl_nlmsg_get_payload_len(header);
  const ByteView payload(mnl_nlmsg_get_payload(header), size);
  const auto error = loadAt<nlmsgerr>(payload);
  answer.code = netlinkErrno(error.error);
  if ((header->nlmsg_flags & NLM_F_ACK_TLVS) == 0) return answer;
  // Unless the answer is capped, the original message precedes the details.
  std::size_t skip = sizeof(nlmsgerr);
  if ((header->nlmsg_flags & NLM_F_CAPPED) == 0 && error.msg.nlmsg_len > NLMSG_HDRLEN) {
    skip += MNL_ALIGN(error.msg.nlmsg_len - static_cast<std::uint32_t>(NLMSG_HDRLEN));
  }
  if (skip >= size) return answer;
  const auto *const begin = reinterpret_cast<const char *>(payload.data());
  readDetails(begin + skip, begin + size, answer);
  return answer;
}

}  // namespace portshift::nft
