#include "node/nft_names.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>

namespace portshift::addon {

namespace {

struct Entry {
  NameKind kind;
  const char *name;
  std::uint32_t number;
};

constexpr Entry kEntries[] = {
    {NameKind::kMetaKey, "nfproto", NFT_META_NFPROTO},
    {NameKind::kMetaKey, "l4proto", NFT_META_L4PROTO},
    {NameKind::kMetaKey, "iifname", NFT_META_IIFNAME},
    {NameKind::kMetaKey, "oifname", NFT_META_OIFNAME},
    {NameKind::kMetaKey, "mark", NFT_META_MARK},
    {NameKind::kCmpOp, "eq", NFT_CMP_EQ},
    {NameKind::kCmpOp, "neq", NFT_CMP_NEQ},
    {NameKind::kPayloadBase, "network", NFT_PAYLOAD_NETWORK_HEADER},
    {NameKind::kPayloadBase, "transport", NFT_PAYLOAD_TRANSPORT_HEADER},
    {NameKind::kCtKey, "state", NFT_CT_STATE},
    {NameKind::kCtKey, "direction", NFT_CT_DIRECTION},
    {NameKind::kCtKey, "status", NFT_CT_STATUS},
    {NameKind::kCtKey, "proto_dst", NFT_CT_PROTO_DST},
    {NameKind::kCtDirection, "original", IP_CT_DIR_ORIGINAL},
    {NameKind::kCtDirection, "reply", IP_CT_DIR_REPLY},
    {NameKind::kFibFlags, "daddr", NFTA_FIB_F_DADDR},
    {NameKind::kFibFlags, "daddr . iif", NFTA_FIB_F_DADDR | NFTA_FIB_F_IIF},
    {NameKind::kFibResult, "type", NFT_FIB_RESULT_ADDRTYPE},
    {NameKind::kNatType, "dnat", NFT_NAT_DNAT},
    {NameKind::kNatFamily, "inet", NFPROTO_INET},
    {NameKind::kNatFamily, "ip", NFPROTO_IPV4},
    {NameKind::kNatFamily, "ip6", NFPROTO_IPV6},
    {NameKind::kVerdict, "drop", NF_DROP},
    {NameKind::kVerdict, "accept", NF_ACCEPT},
    {NameKind::kVerdict, "return", static_cast<std::uint32_t>(NFT_RETURN)},
    {NameKind::kVerdict, "jump", static_cast<std::uint32_t>(NFT_JUMP)},
    {NameKind::kVerdict, "goto", static_cast<std::uint32_t>(NFT_GOTO)},
    {NameKind::kSocketKey, "transparent", NFT_SOCKET_TRANSPARENT},
    {NameKind::kSocketKey, "wildcard", NFT_SOCKET_WILDCARD},
    {NameKind::kHook, "prerouting", NF_INET_PRE_ROUTING},
    {NameKind::kHook, "input", NF_INET_LOCAL_IN},
    {NameKind::kHook, "output", NF_INET_LOCAL_OUT},
};

}  // namespace

std::optional<std::uint32_t> numberOf(NameKind kind, std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.kind == kind && name == entry.name) return entry.number;
  }
  return {};
}

std::string nameOf(NameKind kind, std::uint32_t number) {
  for (const Entry& entry : kEntries) {
    if (entry.kind == kind && number == entry.number) return entry.name;
  }
  return std::to_string(number);
}

std::string namesOf(NameKind kind) {
  std::string names;
  for (const Entry& entry : kEntries) {
    if (entry.kind != kind) continue;
    names.append(names.empty() ? "'" : " or '").append(entry.name).append("'");
  }
  return names;
}

std::string readObjectName(const JsField& field) {
  // NFT_NAME_MAXLEN includes the terminating zero.
  constexpr std::size_t kLongest = NFT_NAME_MAXLEN - 1;
  std::string name = field.string();
  const bool carries =
      !name.empty() && name.size() <= kLongest && name.find('\0') == std::string::npos;
  if (!carries) field.fail("a name of 1 to 255 bytes");
  return name;
}

}  // namespace portshift::addon
