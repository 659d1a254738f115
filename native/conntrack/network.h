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

/** An interface of the namespace (rtnetlink(7), RTM_GETLINK). */
struct Interface {
  std::string name;
  std::int32_t index = 0;
  bool up = false;
  bool loopback = false;
  /** As `ip -d link` has it: `bridge`, `vrf`, `veth`; empty for a device of the hardware. */
  std::string kind;
  /** The index of the bridge, bond or VRF that it is a part of. */
  std::optional<std::uint32_t> master;
};

struct InterfaceAddress {
  std::uint32_t interface = 0;
  Address address;
};

/** A socket that takes what comes to its port from anybody: a listening TCP one, a UDP one without
 * a peer. */
struct Listener {
  std::uint8_t protocol = IPPROTO_TCP;
  Endpoint local;

  friend bool operator<(const Listener& a, const Listener& b) {
    return std::tie(a.protocol, a.local) < std::tie(b.protocol, b.local);
  }
};

/** What a namespace has besides its rules. */
struct Network {
  std::vector<Interface> interfaces;
  std::vector<InterfaceAddress> addresses;
  /** Each once; nothing where the kernel does not list the sockets of one protocol. */
  std::optional<std::set<Listener>> listeners;
};

/**
 * Reads it in the namespace of the calling thread. Throws Errors of kind kConnections where the
 * kernel lists no interfaces.
 */
Network readNetwork();

/** What one message of a dump of interfaces says; nothing where it is too short. */
std::optional<Interface> readInterface(ByteView payload);

}  // namespace portshift::conntrack
