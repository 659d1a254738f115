#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <linux/netlink.h>

#include "util/bytes.h"

namespace portshift::conntrack {

/** A sequence of netlink attributes (linux/netlink.h) in memory that another object owns. */
class Attributes {
 public:
  Attributes() = default;
  explicit Attributes(ByteView bytes) : bytes_(bytes) {}

  /** Returns the payload of an attribute, or nothing if it is absent. */
  std::optional<ByteView> find(std::uint16_t type) const;

  /** Returns the attributes nested in an attribute, or none if it is absent. */
  Attributes nested(std::uint16_t type) const;

  /**
   * Returns the value of an attribute in the byte order of the wire, or nothing if it is absent or
   * too short.
   */
  template <class T>
  std::optional<T> value(std::uint16_t type) const;

 private:
  ByteView bytes_;
};

/** Returns the attributes of a message that follow a header of that type. */
template <class Header>
Attributes attributesBehind(ByteView payload) {
  return Attributes(payload.sub(NLMSG_ALIGN(sizeof(Header)), payload.size()));
}

/**
 * Returns the attributes of a message that follow its nfgenmsg, or none if the message is too
 * short.
 */
Attributes attributesOf(ByteView payload);

}  // namespace portshift::conntrack
