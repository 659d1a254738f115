#include "netlink/attributes.h"

#include <linux/netlink.h>

#include "check.h"

using portshift::Bytes;
using portshift::ByteView;
using portshift::storeAt;
using portshift::conntrack::Attributes;

namespace {

/** One attribute that says it is that long, in that many bytes. */
Bytes attribute(std::uint16_t length, std::uint16_t type, std::size_t size) {
  Bytes bytes(size);
  if (size >= sizeof(nlattr)) storeAt(bytes, 0, nlattr{length, type});
  return bytes;
}

}  // namespace

TEST("netlink/attributes", "are found by their type, whatever flags it carries") {
  for (const std::uint16_t flags : {0, NLA_F_NESTED, NLA_F_NET_BYTEORDER}) {
    const Bytes bytes = attribute(8, static_cast<std::uint16_t>(7 | flags), 8);
    CHECK_EQUAL(Attributes(bytes).value<std::uint32_t>(7).value_or(1), 0U);
    CHECK(!Attributes(bytes).value<std::uint32_t>(6));
  }
}

TEST("netlink/attributes", "are none where the length is a lie") {
  for (const std::uint16_t length : {0, 1, 3, 9, 65535}) {
    const Bytes bytes = attribute(length, 7, 8);
    CHECK(!Attributes(bytes).find(7));
  }
  for (std::size_t size = 0; size < 8; ++size) {
    CHECK(!Attributes(attribute(8, 7, size)).find(7));
  }
}

TEST("netlink/attributes", "have no value where they are too short for it") {
  const Bytes bytes = attribute(6, 7, 8);
  CHECK(Attributes(bytes).value<std::uint16_t>(7).has_value());
  CHECK(!Attributes(bytes).value<std::uint32_t>(7));
}

TEST("netlink/attributes", "are found behind others, the last one without padding") {
  Bytes bytes = attribute(5, 1, 8);
  const Bytes last = attribute(5, 2, 5);
  bytes.insert(bytes.end(), last.begin(), last.end());
  CHECK(Attributes(bytes).value<std::uint8_t>(2).has_value());
  CHECK(Attributes(bytes).nested(1).find(2) == std::nullopt);
}
