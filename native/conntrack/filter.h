#pragma once

#include <cstdint>
#include <optional>

#include "conntrack/connection.h"
#include "conntrack/port_set.h"
#include "util/family.h"

namespace portshift::conntrack {

/** The side that opened a connection. */
enum class Origin : std::uint8_t { kOutside, kHost };

/** The ConnectionFilter of lib/backends/connections.ts. */
struct Filter {
  std::uint8_t protocol = 0;
  std::optional<Family> family;
  /** Selects connections whose destination is translated if true, and the other ones if false. */
  bool translated = false;
  /** The ports that clients connected to. */
  PortSet ports;
  /** The port that answers; if absent, any port. */
  std::optional<std::uint16_t> target_port;
  /**
   * The address that the client connected to, besides loopback addresses; if absent, any address.
   */
  std::optional<Address> destination;
  /** The address that answers; if absent, the address that the client connected to. */
  std::optional<Address> target_address;
  /** The side that opened the connection; if absent, either side. */
  std::optional<Origin> from;
  /** Excludes connections with a packet in the reply direction. */
  bool unanswered = false;
};

/**
 * Returns true if the connection matches everything but the criteria that depend on the host's own
 * addresses.
 */
bool matches(const Filter& filter, const Connection& connection);

}  // namespace portshift::conntrack
