#include "conntrack/local_addresses.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "netlink/attributes.h"

namespace portshift::conntrack {

namespace {

bool isOwnType(std::uint8_t type) {
  return type == RTN_LOCAL || type == RTN_ANYCAST;
}

}  // namespace

std::uint8_t routeType(const nlmsghdr& header, ByteView payload) {
  if (header.nlmsg_type != RTM_NEWROUTE) return RTN_UNSPEC;
  return loadAt<rtmsg>(payload).rtm_type;
}

bool isPolicyRule(const nlmsghdr& header, ByteView payload) {
  if (header.nlmsg_type != RTM_NEWRULE) return false;
  const auto rule = loadAt<fib_rule_hdr>(payload);
  if (rule.action != FR_ACT_TO_TBL && rule.action != FR_ACT_GOTO) return false;
  const auto table =
      attributesBehind<fib_rule_hdr>(payload).value<std::uint32_t>(FRA_TABLE).value_or(rule.table);
  return table != RT_TABLE_LOCAL && table != RT_TABLE_MAIN && table != RT_TABLE_DEFAULT;
}

std::optional<std::uint32_t> inputInterface(const nlmsghdr& header, ByteView payload) {
  if (header.nlmsg_type != RTM_NEWLINK) return std::nullopt;
  const auto link = loadAt<ifinfomsg>(payload);
  if ((link.ifi_flags & IFF_UP) == 0 || (link.ifi_flags & IFF_LOOPBACK) != 0) return std::nullopt;
  return static_cast<std::uint32_t>(link.ifi_index);
}

LocalAddresses::LocalAddresses() : socket_(NETLINK_ROUTE) {}

bool LocalAddresses::contains(const Address& address) {
  return typeOf(address) == RTN_LOCAL;
}

bool LocalAddresses::receives(const Address& destination, const Address& source) {
  if (destination.isGroup()) return !contains(source);
  const std::uint8_t type = typeOf(destination);
  if (type == RTN_BROADCAST || type == RTN_MULTICAST) return !contains(source);
  return isOwnType(type) || isLocalByPolicy(destination, source);
}

void LocalAddresses::forget() {
  types_.clear();
  by_policy_.clear();
  policies_.clear();
  interfaces_.reset();
}

std::uint8_t LocalAddresses::typeOf(const Address& destination) {
  const auto known = types_.find(destination);
  if (known != types_.end()) return known->second;
  return types_.emplace(destination, ask(destination, nullptr)).first->second;
}

std::uint8_t LocalAddresses::ask(const Address& destination, const Input *input) {
  constexpr unsigned int kBitsInByte = 8;
  rtmsg route{};
  route.rtm_family = socketFamily(destination.family());
  route.rtm_dst_len = static_cast<unsigned char>(destination.bytes().size() * kBitsInByte);
  if (input != nullptr) route.rtm_src_len = route.rtm_dst_len;
  NetlinkRequest request(RTM_GETROUTE, 0, route);
  request.add(RTA_DST, destination.bytes());
  if (input != nullptr) {
    request.add(RTA_SRC, input->source.bytes());
    request.addValue(RTA_IIF, input->interface);
  }
  std::uint8_t type = RTN_UNSPEC;
  // An error means that there is no route to the destination, or no route back.
  socket_.execute(request, [&](const nlmsghdr& header, ByteView payload) {
    type = routeType(header, payload);
    return false;
  });
  return type;
}

bool LocalAddresses::isLocalByPolicy(const Address& destination, const Address& source) {
  if (source.family() != destination.family() || !hasPolicy(destination.family())) return false;
  const auto known = by_policy_.find(destination);
  if (known != by_policy_.end()) return known->second;
  const auto& all = interfaces();
  const bool local = std::any_of(all.begin(), all.end(), [&](std::uint32_t interface) {
    const Input input{source, interface};
    return isOwnType(ask(destination, &input));
  });
  return by_policy_.emplace(destination, local).first->second;
}

bool LocalAddresses::hasPolicy(Family family) {
  const auto known = policies_.find(family);
  if (known != policies_.end()) return known->second;
  fib_rule_hdr all{};
  all.family = socketFamily(family);
  bool found = false;
  // A kernel without support for routing policies has no such rules.
  socket_.dump(
      NetlinkRequest(RTM_GETRULE, NLM_F_DUMP, all), [&] { found = false; },
      [&](const nlmsghdr& header, ByteView payload) {
        found = found || isPolicyRule(header, payload);
        return true;
      });
  return policies_.emplace(family, found).first->second;
}

const std::vector<std::uint32_t>& LocalAddresses::interfaces() {
  if (!interfaces_) {
    std::vector<std::uint32_t> found;
    socket_.dump(
        NetlinkRequest(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}), [&] { found.clear(); },
        [&](const nlmsghdr& header, ByteView payload) {
          if (const auto index = inputInterface(header, payload)) found.push_back(*index);
          return true;
        });
    interfaces_ = std::move(found);
  }
  return *interfaces_;
}

}  // namespace portshift::conntrack
