#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "conntrack/address.h"
#include "conntrack/netlink_socket.h"

namespace portshift::conntrack {

/** The type of the route in an answer to RTM_GETROUTE (RTN_LOCAL, ...); RTN_UNSPEC for any other
 * message. */
std::uint8_t routeType(const nlmsghdr& header, ByteView payload);

/** Whether a message of an RTM_GETRULE dump is a rule for a table that not every host looks into.
 */
bool isPolicyRule(const nlmsghdr& header, ByteView payload);

/** The index of an interface that packets can come in on, in a message of an RTM_GETLINK dump. */
std::optional<std::uint32_t> inputInterface(const nlmsghdr& header, ByteView payload);

/**
 * The addresses at which the host takes packets for itself, by its routes (rtnetlink(7),
 * RTM_GETROUTE): those of its interfaces, broadcast, multicast and anycast, and what a routing
 * policy or a VRF makes local for the packets that come in on some interface.
 */
class LocalAddresses {
 public:
  LocalAddresses();

  /** Whether the address is the host's own; asks the kernel once for each address. */
  bool contains(const Address& address);

  /**
   * Whether the host takes a packet for itself. It does not where its own process sent it to a
   * group: the copy that comes back belongs to what was sent. Where routes depend on the interface,
   * one that takes it is enough, and the first source that is asked about stands for all.
   */
  bool receives(const Address& destination, const Address& source);

  /** Addresses and routes come and go. */
  void forget();

  void close() { socket_.close(); }

 private:
  /** What the kernel needs to know for its routing policy: RTM_GETROUTE of a packet that comes in.
   */
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
