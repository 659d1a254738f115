#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <linux/netlink.h>

#include "common/bytes.h"

namespace portshift::conntrack {

/** A run of netlink attributes (linux/netlink.h) in somebody else's memory. */
class Attributes {
 public:
  Attributes() = default;
  explicit Attributes(ByteView bytes) : bytes_(bytes) {}

  /** What one holds; nothing where it is absent. */
  std::optional<ByteView> find(std::uint16_t type) const;

  /** The attributes inside one; none where it is absent. */
  Attributes nested(std::uint16_t type) const;

  /** The value of one, in the byte order of the wire; nothing where it is absent or too short. */
  template <class T>
  std::optional<T> value(std::uint16_t type) const;

 private:
  ByteView bytes_;
};

/** The attributes of a message behind its header of that type. */
template <class Header>
Attributes attributesBehind(ByteView payload) {
  return Attributes(payload.sub(NLMSG_ALIGN(sizeof(Header)), payload.size()));
}

/** Those of a message behind its nfgenmsg; none where it is too short to have any. */
Attributes attributesOf(ByteView payload);

}  // namespace portshift::conntrack
