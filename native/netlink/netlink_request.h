#pragma once

#include <linux/netlink.h>

#include <cstdint>

#include "util/bytes.h"

namespace portshift::conntrack {

/** A netlink request under construction. */
class NetlinkRequest {
 public:
  /** NLM_F_REQUEST is added to the flags. */
  template <class Body>
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, const Body& body)
      : NetlinkRequest(type, flags, ByteView(&body, sizeof body)) {}

  NetlinkRequest& add(std::uint16_t type, ByteView value);

  template <class T>
  NetlinkRequest& addValue(std::uint16_t type, const T& value) {
    return add(type, ByteView(&value, sizeof value));
  }

  /** Nests everything that `fill` adds in an attribute of this type. */
  template <class Fill>
  NetlinkRequest& nest(std::uint16_t type, Fill fill) {
    const std::size_t start = bytes_.size();
    add(type | NLA_F_NESTED, {});
    fill(*this);
    return endNest(start);
  }

  /** Sets the length and the sequence number. Returns the message to be sent. */
  ByteView number(std::uint32_t sequence);

 private:
  NetlinkRequest(std::uint16_t type, std::uint16_t flags, ByteView body);

  NetlinkRequest& endNest(std::size_t start);
  void append(ByteView bytes);

  Bytes bytes_;
};

}  // namespace portshift::conntrack
