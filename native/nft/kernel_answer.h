#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/bytes.h"

namespace portshift::nft {

/** What the kernel says of one message (struct nlmsgerr, and its extended acknowledgement). */
struct KernelAnswer {
  /** A positive errno, or 0. */
  int code = 0;
  /** Its own words; often empty. */
  std::string text;
  /** Where in the message the attribute is that it did not like; 0 where it does not say. */
  std::size_t offset = 0;
};

/** Of a message of type NLMSG_ERROR. */
KernelAnswer readAnswer(const nlmsghdr *header);

/**
 * Calls `visit(const nlmsghdr *)` for each message in what was received; ends where one is longer
 * than what is left. mnl_nlmsg_ok() (libmnl 1.0.4) takes a length from 2^31 on for one that fits.
 */
template <class Visit>
void forEachMessage(ByteView received, Visit visit) {
  while (received.size() >= sizeof(nlmsghdr)) {
    const auto *const header = reinterpret_cast<const nlmsghdr *>(received.data());
    if (header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > received.size()) return;
    visit(header);
    received = received.sub(MNL_ALIGN(header->nlmsg_len), received.size());
  }
}

}  // namespace portshift::nft
