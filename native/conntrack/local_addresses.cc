#include "conntrack/local_addresses.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace portshift::conntrack {

bool isLocalRoute(const nlmsghdr& header, ByteView payload) {
  return header.nlmsg_type == RTM_NEWROUTE && loadAt<rtmsg>(payload).rtm_type == RTN_LOCAL;
}

LocalAddresses::LocalAddresses() : socket_(NETLINK_ROUTE) {}

bool LocalAddresses::contains(const Address& address) {
  const auto known = known_.find(address);
  if (known != known_.end()) return known->second;
  return known_.emplace(address, ask(address)).first->second;
}

bool LocalAddresses::ask(const Address& address) {
  constexpr unsigned int kBitsInByte = 8;
  rtmsg route{};
  route.rtm_family = address.family() == Family::kIpv4 ? AF_INET : AF_INET6;
  route.rtm_dst_len = static_cast<unsigned char>(address.bytes().size() * kBitsInByte);
  NetlinkRequest request(RTM_GETROUTE, 0, route);
  request.add(RTA_DST, address.bytes());
  bool local = false;
  // An error says that no route leads there.
  socket_.execute(request, [&](const nlmsghdr& header, ByteView payload) {
    local = isLocalRoute(header, payload);
    return false;
  });
  return local;
}

}  // namespace portshift::conntrack
