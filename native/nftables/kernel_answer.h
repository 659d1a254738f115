#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "util/bytes.h"

namespace portshift::nft {

/** The kernel's answer to one message (struct nlmsgerr and its extended acknowledgement). */
struct KernelAnswer {
  /** A positive errno, or 0. */
  int code = 0;
  /** The kernel's error text; often empty. */
  std::string text;
  /** The offset in the message of the attribute that the kernel rejected; 0 if it is not given. */
  std::size_t offset = 0;
};

/** Reads a message of type NLMSG_ERROR. */
KernelAnswer readAnswer(const nlmsghdr *header);

/**
 * Calls `visit(const nlmsghdr *)` for each received message. Stops at a message that is longer than
 * the rest. mnl_nlmsg_ok() is not used because it accepts a length from 2^31 on (libmnl 1.0.4).
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
