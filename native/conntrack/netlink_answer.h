#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>

#include "common/bytes.h"

namespace portshift::conntrack {

/** What has come in answer to one request so far. */
class NetlinkAnswer {
 public:
  /** What one message carries behind its netlink header; false: no more of them is wanted. */
  using Visit = std::function<bool(const nlmsghdr& header, ByteView payload)>;
  enum class Progress : std::uint8_t { kMore, kDone, kStopped };

  NetlinkAnswer(std::uint32_t sequence, bool is_dump) : sequence_(sequence), is_dump_(is_dump) {}

  /** Takes in what was received at once. */
  Progress take(ByteView received, const Visit& visit);

  /** The errno with which the kernel refused the request, or 0. */
  int error() const { return error_; }
  /** What was dumped changed meanwhile. */
  bool isDisturbed() const { return disturbed_; }

 private:
  std::uint32_t sequence_;
  bool is_dump_;
  int error_ = 0;
  bool disturbed_ = false;
};

}  // namespace portshift::conntrack
