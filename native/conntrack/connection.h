#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "common/bytes.h"
#include "conntrack/address.h"
#include "conntrack/attributes.h"

namespace portshift::conntrack {

struct Tuple {
  Endpoint source;
  Endpoint destination;
};

/** What the kernel knows of one tracked TCP or UDP connection. */
struct Connection {
  std::uint8_t protocol = 0;
  /** As its first packet was sent, and as the answers come back: where the two differ, it is
   * translated. */
  Tuple original;
  Tuple reply;
  bool destination_translated = false;
  /** A packet has come back. An ICMP error does not count. */
  bool answered = false;
  /** TIME_WAIT or CLOSE: both sides are done with it. */
  bool over = false;
  /** It was running already when the kernel began to track it, so who opened it is not known. */
  bool picked_up = false;
};

/** Nothing for another protocol, and for what is malformed. */
std::optional<Connection> parseConnection(const Attributes& message);

/** What names one connection in the kernel's table, and not the next one of the same addresses and
 * ports. */
struct Identity {
  Family family = Family::kIpv4;
  /** Attributes as the kernel wrote them; never empty. */
  Bytes original_tuple;
  std::uint32_t id = 0;
  std::optional<std::uint16_t> zone;
};

std::optional<Identity> identityOf(const Attributes& message);

}  // namespace portshift::conntrack
