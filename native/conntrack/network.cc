#include "conntrack/network.h"

#include <linux/if.h>
#include <linux/inet_diag.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "netlink/attributes.h"
#include "netlink/netlink_socket.h"
#include "util/error.h"

namespace portshift::conntrack {

namespace {

/** Returns the text up to its terminating zero. */
std::string text(std::optional<ByteView> bytes) {
  if (!bytes) return {};
  return {bytes->begin(), std::find(bytes->begin(), bytes->end(), 0)};
}

std::vector<Interface> readInterfaces(NetlinkSocket& socket) {
  std::vector<Interface> all;
  ifinfomsg wanted{};
  wanted.ifi_family = AF_UNSPEC;
  const int code = socket.dump(
      NetlinkRequest(RTM_GETLINK, NLM_F_DUMP, wanted), [&] { all.clear(); },
      [&](const nlmsghdr& /*header*/, ByteView payload) {
        if (const auto one = readInterface(payload)) all.push_back(*one);
        return true;
      });
  if (code != 0) throw Error::fromErrno(ErrorKind::kConnections, "RTM_GETLINK", code);
  return all;
}

std::vector<InterfaceAddress> readAddresses(NetlinkSocket& socket) {
  std::vector<InterfaceAddress> all;
  ifaddrmsg wanted{};
  wanted.ifa_family = AF_UNSPEC;
  const int code = socket.dump(
      NetlinkRequest(RTM_GETADDR, NLM_F_DUMP, wanted), [&] { all.clear(); },
      [&](const nlmsghdr& /*header*/, ByteView payload) {
        const auto header = loadAt<ifaddrmsg>(payload);
        const Attributes attributes = attributesBehind<ifaddrmsg>(payload);
        // If both attributes are present, IFA_ADDRESS is the address of the other end
        // (linux/if_addr.h).
        const auto own = attributes.find(IFA_LOCAL);
        const auto bytes = own ? own : attributes.find(IFA_ADDRESS);
        const auto address = Address::fromBytes(bytes.value_or(ByteView()));
        if (address) all.push_back({header.ifa_index, *address});
        return true;
      });
  if (code != 0) throw Error::fromErrno(ErrorKind::kConnections, "RTM_GETADDR", code);
  return all;
}

/** Returns false if the kernel cannot list such sockets. */
bool readListeners(NetlinkSocket& socket, std::uint8_t protocol, std::set<Listener>& all) {
  // An unconnected UDP socket has the same state as a closed TCP socket.
  const std::uint32_t state = protocol == IPPROTO_TCP ? TCP_LISTEN : TCP_CLOSE;
  for (const std::uint8_t family : {AF_INET, AF_INET6}) {
    inet_diag_req_v2 wanted{};
    wanted.sdiag_family = family;
    wanted.sdiag_protocol = protocol;
    wanted.idiag_states = 1U << state;
    // Sockets that were found before the dump starts over remain valid.
    const int code = socket.dump(
        NetlinkRequest(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, wanted), [] {},
        [&](const nlmsghdr& /*header*/, ByteView payload) {
          if (payload.size() < sizeof(inet_diag_msg)) return true;
          const auto message = loadAt<inet_diag_msg>(payload);
          const ByteView bytes(&message.id.idiag_src, family == AF_INET ? 4 : 16);
          const auto address = Address::fromBytes(bytes);
          const std::uint16_t port = ntohs(message.id.idiag_sport);
          if (address && port != 0) all.insert({protocol, {*address, port}});
          return true;
        });
    if (code != 0 && !(family == AF_INET6 && code == ENOENT)) return false;
  }
  return true;
}

std::optional<std::set<Listener>> readAllListeners() {
  std::set<Listener> all;
  try {
    NetlinkSocket socket(NETLINK_SOCK_DIAG);
    if (readListeners(socket, IPPROTO_TCP, all) && readListeners(socket, IPPROTO_UDP, all))
      return all;
  } catch (const Error& /*error*/) {
    // The kernel lacks sock_diag, or a sandbox forbids it.
  }
  return std::nullopt;
}

}  // namespace

std::optional<Interface> readInterface(ByteView payload) {
  if (payload.size() < sizeof(ifinfomsg)) return std::nullopt;
  const auto header = loadAt<ifinfomsg>(payload);
  const Attributes attributes = attributesBehind<ifinfomsg>(payload);
  Interface one;
  one.name = text(attributes.find(IFLA_IFNAME));
  one.index = header.ifi_index;
  one.up = (header.ifi_flags & IFF_UP) != 0;
  one.loopback = (header.ifi_flags & IFF_LOOPBACK) != 0;
  one.kind = text(attributes.nested(IFLA_LINKINFO).find(IFLA_INFO_KIND));
  one.master = attributes.value<std::uint32_t>(IFLA_MASTER);
  return one;
}

Network readNetwork() {
  Network network;
  NetlinkSocket socket(NETLINK_ROUTE);
  network.interfaces = readInterfaces(socket);
  network.addresses = readAddresses(socket);
  network.listeners = readAllListeners();
  return network;
}

}  // namespace portshift::conntrack
