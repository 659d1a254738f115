#include "conntrack/local_addresses.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "check.h"

using portshift::ByteView;
using portshift::conntrack::inputInterface;
using portshift::conntrack::isPolicyRule;
using portshift::conntrack::NetlinkRequest;
using portshift::conntrack::routeType;

namespace {

nlmsghdr header(std::uint16_t type) {
  nlmsghdr result{};
  result.nlmsg_type = type;
  return result;
}

bool isPolicy(std::uint8_t action, std::uint8_t table, std::uint32_t wide_table = 0) {
  fib_rule_hdr rule{};
  rule.action = action;
  rule.table = table;
  NetlinkRequest message(RTM_NEWRULE, 0, rule);
  if (wide_table != 0) message.addValue(FRA_TABLE, wide_table);
  const ByteView all = message.number(0);
  return isPolicyRule(header(RTM_NEWRULE), all.sub(NLMSG_HDRLEN, all.size()));
}

std::optional<std::uint32_t> input(std::uint32_t flags, std::uint16_t type = RTM_NEWLINK) {
  ifinfomsg link{};
  link.ifi_index = 7;
  link.ifi_flags = flags;
  return inputInterface(header(type), {&link, sizeof link});
}

}  // namespace

TEST("conntrack/local_addresses", "reads the type of a route") {
  rtmsg route{};
  route.rtm_type = RTN_ANYCAST;
  const ByteView payload(&route, sizeof route);
  CHECK_EQUAL(int{routeType(header(RTM_NEWROUTE), payload)}, int{RTN_ANYCAST});
  CHECK_EQUAL(int{routeType(header(NLMSG_ERROR), payload)}, int{RTN_UNSPEC});
  CHECK_EQUAL(int{routeType(header(RTM_NEWROUTE), payload.sub(0, 3))}, int{RTN_UNSPEC});
}

TEST("conntrack/local_addresses", "tells a routing policy from the rules that every host has") {
  for (const std::uint8_t table : {RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT}) {
    CHECK(!isPolicy(FR_ACT_TO_TBL, table));
  }
  CHECK(isPolicy(FR_ACT_TO_TBL, 100));
  CHECK(isPolicy(FR_ACT_TO_TBL, RT_TABLE_COMPAT, 51820));
  CHECK(!isPolicy(FR_ACT_TO_TBL, RT_TABLE_UNSPEC, RT_TABLE_LOCAL));
  CHECK(!isPolicy(FR_ACT_PROHIBIT, RT_TABLE_UNSPEC));
  CHECK(!isPolicyRule(header(NLMSG_ERROR), ByteView()));
}

TEST("conntrack/local_addresses", "takes interfaces that are up, but for loopback") {
  CHECK(input(IFF_UP) == 7U);
  CHECK(!input(0));
  CHECK(!input(IFF_UP | IFF_LOOPBACK));
  CHECK(!input(IFF_UP, NLMSG_ERROR));
}
