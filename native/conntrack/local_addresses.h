#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "conntrack/address.h"
#include "netlink/netlink_socket.h"

namespace portshift::conntrack {

/**
 * Returns the type of the route in an answer to RTM_GETROUTE (RTN_LOCAL, ...), or RTN_UNSPEC for
 * any other message.
 */
std::uint8_t routeType(const nlmsghdr& header, ByteView payload);

/**
 * Returns true if a message of an RTM_GETRULE dump is a rule that looks up another table than
 * local, main and default, or jumps to another rule.
 */
bool isPolicyRule(const nlmsghdr& header, ByteView payload);

/**
 * Returns the index of an interface that is up and not a loopback one, from a message of an
 * RTM_GETLINK dump.
 */
std::optional<std::uint32_t> inputInterface(const nlmsghdr& header, ByteView payload);

/**
 * The addresses at which the host accepts packets, according to its routes (rtnetlink(7),
 * RTM_GETROUTE): those of its interfaces, broadcast, multicast and anycast addresses, and addresses
 * that a routing policy or a VRF makes local for packets from some interface.
 */
class LocalAddresses {
 public:
  LocalAddresses();

  /** Returns true if the address is the host's own. The kernel is asked once for each address. */
  bool contains(const Address& address);

  /**
   * Returns true if the host accepts a packet with that destination. It returns false for a packet
   * that the host itself sends to a group, because the copy that comes back belongs to the outgoing
   * connection. If routes depend on the interface, one interface that accepts the packet is
   * sufficient, and the first source that is checked stands for all others.
   */
  bool receives(const Address& destination, const Address& source);

  /** Discards cached results, because addresses and routes change. */
  void forget();

  void close() { socket_.close(); }

 private:
  /** The input of the kernel's routing policy: RTM_GETROUTE for an incoming packet. */
  struct Input {
    Address source;
    std::uint32_t interface = 0;
  };

  std::uint8_t typeOf(const Address& destination);
  std::uint8_t ask(const Address& destination, const Input *input);
  bool isLocalByPolicy(const Address& destination, const Address& source);
  bool hasPolicy(Family family);
  const std::vector<std::uint32_t>& interfaces();

  NetlinkSocket socket_;
  std::map<Address, std::uint8_t> types_;
  std::map<Address, bool> by_policy_;
  std::map<Family, bool> policies_;
  std::optional<std::vector<std::uint32_t>> interfaces_;
};

}  // namespace portshift::conntrack
