#pragma once

#include <cstdint>
#include <optional>

#include "common/family.h"
#include "conntrack/connection.h"
#include "conntrack/port_set.h"

namespace portshift::conntrack {

/** Where a connection was opened. */
enum class Origin : std::uint8_t { kOutside, kHost };

/** ConnectionFilter of lib/backends/connections.ts. */
struct Filter {
  std::uint8_t protocol = 0;
  std::optional<Family> family;
  /** Came in on another port than the one that answers; or else named that port itself. */
  bool translated = false;
  /** What the client asked for. */
  PortSet ports;
  /** What answers; nothing: any port. */
  std::optional<std::uint16_t> target_port;
  /** The address that the client asked for, or a loopback one; nothing: any. */
  std::optional<Address> destination;
  /** The address that answers; nothing: the one that the client asked for. */
  std::optional<Address> target_address;
  /** Nothing: anywhere. */
  std::optional<Origin> from;
  /** Leaves out what a packet has come back on. */
  bool unanswered = false;
};

/** All of it but what only the host knows: which addresses are its own. */
bool matches(const Filter& filter, const Connection& connection);

}  // namespace portshift::conntrack
