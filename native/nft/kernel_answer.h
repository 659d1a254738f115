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

/** Calls `visit(const nlmsghdr *)` for each message in what was received. */
template <class Visit>
void forEachMessage(ByteView received, Visit visit) {
  auto left = static_cast<int>(received.size());
  const auto *header = reinterpret_cast<const nlmsghdr *>(received.data());
  while (mnl_nlmsg_ok(header, left)) {
    visit(header);
    header = mnl_nlmsg_next(header, &left);
  }
}

}  // namespace portshift::nft
