#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>

#include "util/bytes.h"

namespace portshift::conntrack {

/** The state of the answer to one request. */
class NetlinkAnswer {
 public:
  /**
   * A function that is called with the header and payload of one message. It returns false to stop.
   */
  using Visit = std::function<bool(const nlmsghdr& header, ByteView payload)>;
  enum class Progress : std::uint8_t { kMore, kDone, kStopped };

  NetlinkAnswer(std::uint32_t sequence, bool is_dump) : sequence_(sequence), is_dump_(is_dump) {}

  /** Processes the messages of one datagram. */
  Progress take(ByteView received, const Visit& visit);

  /** The errno with which the kernel refused the request, or 0. */
  int error() const { return error_; }
  /** True if the dumped objects changed during the dump. */
  bool isDisturbed() const { return disturbed_; }

 private:
  std::uint32_t sequence_;
  bool is_dump_;
  int error_ = 0;
  bool disturbed_ = false;
};

}  // namespace portshift::conntrack
