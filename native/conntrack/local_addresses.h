#pragma once

#include <map>

#include "conntrack/address.h"
#include "conntrack/netlink_socket.h"

namespace portshift::conntrack {

/** Whether an answer to RTM_GETROUTE says that the address is the host's own. */
bool isLocalRoute(const nlmsghdr& header, ByteView payload);

/**
 * Which addresses are the host's own, by its routes (rtnetlink(7), RTM_GETROUTE): what
 * `addrtype --dst-type LOCAL` and `fib daddr type local` go by.
 */
class LocalAddresses {
 public:
  LocalAddresses();

  /** Asks the kernel once for each address. */
  bool contains(const Address& address);

  /** Addresses come and go. */
  void forget() { known_.clear(); }

  void close() { socket_.close(); }

 private:
  bool ask(const Address& address);

  NetlinkSocket socket_;
  std::map<Address, bool> known_;
};

}  // namespace portshift::conntrack
