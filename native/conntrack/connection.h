#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "conntrack/address.h"
#include "netlink/attributes.h"
#include "util/bytes.h"

namespace portshift::conntrack {

struct Tuple {
  Endpoint source;
  Endpoint destination;
};

/** One TCP or UDP connection as the kernel tracks it. */
struct Connection {
  std::uint8_t protocol = 0;
  /**
   * The tuple of the first packet, and that of its answers. The connection is translated if they
   * differ.
   */
  Tuple original;
  Tuple reply;
  bool destination_translated = false;
  /** True if a packet has been seen in the reply direction. An ICMP error does not count. */
  bool answered = false;
  /** True in the states TIME_WAIT and CLOSE: both sides have finished. */
  bool over = false;
  /**
   * True if the connection existed before the kernel began to track it, so that its initiator is
   * unknown.
   */
  bool picked_up = false;
};

/**
 * Parses a message of ctnetlink. Returns nothing for other protocols and for malformed messages.
 */
std::optional<Connection> parseConnection(const Attributes& message);

/**
 * The identity of one connection in the kernel's table. A later connection with the same addresses
 * and ports has another one.
 */
struct Identity {
  Family family = Family::kIpv4;
  /** The attributes as the kernel wrote them; never empty. */
  Bytes original_tuple;
  std::uint32_t id = 0;
  std::optional<std::uint16_t> zone;
};

std::optional<Identity> identityOf(const Attributes& message);

}  // namespace portshift::conntrack
