#pragma once

#include <netinet/in.h>

#include <net/if.h>

#include <cstdint>
#include <cstring>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include "util/family.h"

namespace portshift::xt {

/** The differences between `struct ipt_entry` and `struct ip6t_entry`. */
struct Ipv4Layout {
  using Entry = ipt_entry;
  static constexpr Family kFamily = Family::kIpv4;
  static constexpr std::uint8_t kProtocolFlag = 0;
  static constexpr std::uint8_t kGotoFlag = IPT_F_GOTO;
  static ipt_ip& header(Entry& entry) { return entry.ip; }
};

struct Ipv6Layout {
  using Entry = ip6t_entry;
  static constexpr Family kFamily = Family::kIpv6;
  // ip6_tables compares the protocol only if this flag is set.
  static constexpr std::uint8_t kProtocolFlag = IP6T_F_PROTO;
  static constexpr std::uint8_t kGotoFlag = IP6T_F_GOTO;
  static ip6t_ip6& header(Entry& entry) { return entry.ipv6; }
};

// These bits are the same for both families.
constexpr std::uint8_t kInvertInInterface = IPT_INV_VIA_IN;
constexpr std::uint8_t kInvertOutInterface = IPT_INV_VIA_OUT;
constexpr std::uint8_t kInvertSource = IPT_INV_SRCIP;
constexpr std::uint8_t kInvertDestination = IPT_INV_DSTIP;
static_assert(IPT_INV_VIA_IN == IP6T_INV_VIA_IN && IPT_INV_VIA_OUT == IP6T_INV_VIA_OUT &&
              IPT_INV_SRCIP == IP6T_INV_SRCIP && IPT_INV_DSTIP == IP6T_INV_DSTIP);

/** Calls `function` with the layout of the family. */
template <class Function>
auto withLayout(Family family, Function&& function) {
  return family == Family::kIpv4 ? function(Ipv4Layout{}) : function(Ipv6Layout{});
}

}  // namespace portshift::xt
