#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "conntrack/address.h"

namespace portshift::conntrack {

/** An interface of the network namespace (rtnetlink(7), RTM_GETLINK). */
struct Interface {
  std::string name;
  std::int32_t index = 0;
  bool up = false;
  bool loopback = false;
  /** The kind that `ip -d link` shows: `bridge`, `vrf`, `veth`; empty for a hardware device. */
  std::string kind;
  /** The index of the bridge, bond or VRF that the interface belongs to. */
  std::optional<std::uint32_t> master;
};

struct InterfaceAddress {
  std::uint32_t interface = 0;
  Address address;
};

/**
 * A socket that receives packets from any peer: a listening TCP socket or an unconnected UDP
 * socket.
 */
struct Listener {
  std::uint8_t protocol = IPPROTO_TCP;
  Endpoint local;

  friend bool operator<(const Listener& a, const Listener& b) {
    return std::tie(a.protocol, a.local) < std::tie(b.protocol, b.local);
  }
};

/** The interfaces, addresses and listening sockets of a network namespace. */
struct Network {
  std::vector<Interface> interfaces;
  std::vector<InterfaceAddress> addresses;
  /**
   * The listening sockets without duplicates; nothing if the kernel does not list the sockets of
   * one protocol.
   */
  std::optional<std::set<Listener>> listeners;
};

/**
 * Reads the network namespace of the calling thread. Throws an Error of kind kConnections if the
 * kernel does not list interfaces or addresses.
 */
Network readNetwork();

/** Reads one message of a dump of interfaces. Returns nothing if it is too short. */
std::optional<Interface> readInterface(ByteView payload);

}  // namespace portshift::conntrack
