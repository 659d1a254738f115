#include "nftables/expression_schema.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <algorithm>
#include <iterator>

namespace portshift::nft {

namespace {

using Kind = AttributeKind;
constexpr Presence kOptional = Presence::kOptional;
constexpr Presence kUnlessZero = Presence::kUnlessZero;
constexpr Presence kRequired = Presence::kRequired;

// These constants are missing from the headers of Linux 6.1.
constexpr std::uint32_t kPayloadTunnelHeader = 4;
constexpr std::uint32_t kMetaBroute = 36;

constexpr NumberName kMetaKeys[] = {
    {NFT_META_LEN, "len"},
    {NFT_META_PROTOCOL, "protocol"},
    {NFT_META_PRIORITY, "priority"},
    {NFT_META_MARK, "mark"},
    {NFT_META_IIF, "iif"},
    {NFT_META_OIF, "oif"},
    {NFT_META_IIFNAME, "iifname"},
    {NFT_META_OIFNAME, "oifname"},
    {NFT_META_IIFTYPE, "iiftype"},
    {NFT_META_OIFTYPE, "oiftype"},
    {NFT_META_SKUID, "skuid"},
    {NFT_META_SKGID, "skgid"},
    {NFT_META_NFTRACE, "nftrace"},
    {NFT_META_RTCLASSID, "rtclassid"},
    {NFT_META_SECMARK, "secmark"},
    {NFT_META_NFPROTO, "nfproto"},
    {NFT_META_L4PROTO, "l4proto"},
    {NFT_META_BRI_IIFNAME, "bri_iifname"},
    {NFT_META_BRI_OIFNAME, "bri_oifname"},
    {NFT_META_PKTTYPE, "pkttype"},
    {NFT_META_CPU, "cpu"},
    {NFT_META_IIFGROUP, "iifgroup"},
    {NFT_META_OIFGROUP, "oifgroup"},
    {NFT_META_CGROUP, "cgroup"},
    {NFT_META_PRANDOM, "prandom"},
    {NFT_META_SECPATH, "secpath"},
    {NFT_META_IIFKIND, "iifkind"},
    {NFT_META_OIFKIND, "oifkind"},
    {NFT_META_BRI_IIFPVID, "bri_iifpvid"},
    {NFT_META_BRI_IIFVPROTO, "bri_iifvproto"},
    {NFT_META_TIME_NS, "time"},
    {NFT_META_TIME_DAY, "day"},
    {NFT_META_TIME_HOUR, "hour"},
    {NFT_META_SDIF, "sdif"},
    {NFT_META_SDIFNAME, "sdifname"},
    {kMetaBroute, "broute"},
};

constexpr NumberName kCtKeys[] = {
    {NFT_CT_STATE, "state"},
    {NFT_CT_DIRECTION, "direction"},
    {NFT_CT_STATUS, "status"},
    {NFT_CT_MARK, "mark"},
    {NFT_CT_SECMARK, "secmark"},
    {NFT_CT_EXPIRATION, "expiration"},
    {NFT_CT_HELPER, "helper"},
    {NFT_CT_L3PROTOCOL, "l3protocol"},
    {NFT_CT_SRC, "src"},
    {NFT_CT_DST, "dst"},
    {NFT_CT_PROTOCOL, "protocol"},
    {NFT_CT_PROTO_SRC, "proto_src"},
    {NFT_CT_PROTO_DST, "proto_dst"},
    {NFT_CT_LABELS, "label"},
    {NFT_CT_PKTS, "packets"},
    {NFT_CT_BYTES, "bytes"},
    {NFT_CT_AVGPKT, "avgpkt"},
    {NFT_CT_ZONE, "zone"},
    {NFT_CT_EVENTMASK, "event"},
    {NFT_CT_SRC_IP, "src_ip"},
    {NFT_CT_DST_IP, "dst_ip"},
    {NFT_CT_SRC_IP6, "src_ip6"},
    {NFT_CT_DST_IP6, "dst_ip6"},
    {NFT_CT_ID, "id"},
};

constexpr NumberName kDirections[] = {{0, "original"}, {1, "reply"}};

constexpr NumberName kCmpOps[] = {{NFT_CMP_EQ, "eq"},   {NFT_CMP_NEQ, "neq"}, {NFT_CMP_LT, "lt"},
                                  {NFT_CMP_LTE, "lte"}, {NFT_CMP_GT, "gt"},   {NFT_CMP_GTE, "gte"}};

constexpr NumberName kRangeOps[] = {{NFT_RANGE_EQ, "eq"}, {NFT_RANGE_NEQ, "neq"}};

constexpr NumberName kPayloadBases[] = {{NFT_PAYLOAD_LL_HEADER, "link"},
                                        {NFT_PAYLOAD_NETWORK_HEADER, "network"},
                                        {NFT_PAYLOAD_TRANSPORT_HEADER, "transport"},
                                        {NFT_PAYLOAD_INNER_HEADER, "inner"},
                                        {kPayloadTunnelHeader, "tunnel"}};

constexpr NumberName kBitwiseOps[] = {
    {NFT_BITWISE_BOOL, "bool"}, {NFT_BITWISE_LSHIFT, "lshift"}, {NFT_BITWISE_RSHIFT, "rshift"}};

constexpr NumberName kByteOrderOps[] = {{NFT_BYTEORDER_NTOH, "ntoh"}, {NFT_BYTEORDER_HTON, "hton"}};

constexpr NumberName kHeaderProtocols[] = {{NFT_EXTHDR_OP_IPV6, "ipv6"},
                                           {NFT_EXTHDR_OP_TCPOPT, "tcp"},
                                           {NFT_EXTHDR_OP_IPV4, "ipv4"},
                                           {NFT_EXTHDR_OP_SCTP, "sctp"},
                                           {4, "dccp"}};

constexpr NumberName kHeaderFlags[] = {{NFT_EXTHDR_F_PRESENT, "present"}};

constexpr NumberName kFibFlags[] = {{NFTA_FIB_F_SADDR, "saddr"}, {NFTA_FIB_F_DADDR, "daddr"},
                                    {NFTA_FIB_F_MARK, "mark"},   {NFTA_FIB_F_IIF, "iif"},
                                    {NFTA_FIB_F_OIF, "oif"},     {NFTA_FIB_F_PRESENT, "present"}};

constexpr NumberName kFibResults[] = {{NFT_FIB_RESULT_OIF, "oif"},
                                      {NFT_FIB_RESULT_OIFNAME, "oifname"},
                                      {NFT_FIB_RESULT_ADDRTYPE, "type"}};

constexpr NumberName kRouteKeys[] = {{NFT_RT_CLASSID, "classid"},
                                     {NFT_RT_NEXTHOP4, "nexthop4"},
                                     {NFT_RT_NEXTHOP6, "nexthop6"},
                                     {NFT_RT_TCPMSS, "tcpmss"},
                                     {NFT_RT_XFRM, "ipsec"}};

constexpr NumberName kSocketKeys[] = {{NFT_SOCKET_TRANSPARENT, "transparent"},
                                      {NFT_SOCKET_MARK, "mark"},
                                      {NFT_SOCKET_WILDCARD, "wildcard"},
                                      {NFT_SOCKET_CGROUPV2, "cgroupv2"}};

constexpr NumberName kXfrmKeys[] = {
    {NFT_XFRM_KEY_DADDR_IP4, "daddr4"}, {NFT_XFRM_KEY_DADDR_IP6, "daddr6"},
    {NFT_XFRM_KEY_SADDR_IP4, "saddr4"}, {NFT_XFRM_KEY_SADDR_IP6, "saddr6"},
    {NFT_XFRM_KEY_REQID, "reqid"},      {NFT_XFRM_KEY_SPI, "spi"}};

constexpr NumberName kXfrmDirections[] = {{0, "in"}, {1, "out"}};

constexpr NumberName kGeneratorTypes[] = {{NFT_NG_INCREMENTAL, "incremental"},
                                          {NFT_NG_RANDOM, "random"}};

constexpr NumberName kHashTypes[] = {{NFT_HASH_JENKINS, "jenkins"}, {NFT_HASH_SYM, "symmetric"}};

constexpr NumberName kLimitTypes[] = {{NFT_LIMIT_PKTS, "packets"}, {NFT_LIMIT_PKT_BYTES, "bytes"}};

constexpr NumberName kInvert[] = {{1, "invert"}};

constexpr NumberName kQuotaFlags[] = {{NFT_QUOTA_F_INV, "invert"},
                                      {NFT_QUOTA_F_DEPLETED, "depleted"}};

constexpr NumberName kDynsetOps[] = {
    {NFT_DYNSET_OP_ADD, "add"}, {NFT_DYNSET_OP_UPDATE, "update"}, {NFT_DYNSET_OP_DELETE, "delete"}};

/** NFT_DYNSET_F_EXPR only means that there are expressions. */
constexpr NumberName kDynsetFlags[] = {{NFT_DYNSET_F_INV, "invert"}, {NFT_DYNSET_F_EXPR, nullptr}};

constexpr NumberName kObjectTypes[] = {
    {NFT_OBJECT_COUNTER, "counter"},       {NFT_OBJECT_QUOTA, "quota"},
    {NFT_OBJECT_CT_HELPER, "ct_helper"},   {NFT_OBJECT_LIMIT, "limit"},
    {NFT_OBJECT_CONNLIMIT, "connlimit"},   {NFT_OBJECT_TUNNEL, "tunnel"},
    {NFT_OBJECT_CT_TIMEOUT, "ct_timeout"}, {NFT_OBJECT_SECMARK, "secmark"},
    {NFT_OBJECT_CT_EXPECT, "ct_expect"},   {NFT_OBJECT_SYNPROXY, "synproxy"}};

constexpr NumberName kNatTypes[] = {{NFT_NAT_SNAT, "snat"}, {NFT_NAT_DNAT, "dnat"}};

constexpr NumberName kFamilies[] = {
    {NFPROTO_IPV4, "ip"}, {NFPROTO_IPV6, "ip6"}, {NFPROTO_INET, "inet"}};

/** NFPROTO_UNSPEC stands for either family. */
constexpr NumberName kProxyFamilies[] = {
    {NFPROTO_UNSPEC, "inet"}, {NFPROTO_IPV4, "ip"}, {NFPROTO_IPV6, "ip6"}, {NFPROTO_INET, "inet"}};

constexpr NumberName kVerdicts[] = {{NF_DROP, "drop"},
                                    {NF_ACCEPT, "accept"},
                                    {NF_QUEUE, "queue"},
                                    {static_cast<std::uint32_t>(NFT_CONTINUE), "continue"},
                                    {static_cast<std::uint32_t>(NFT_BREAK), "break"},
                                    {static_cast<std::uint32_t>(NFT_JUMP), "jump"},
                                    {static_cast<std::uint32_t>(NFT_GOTO), "goto"},
                                    {static_cast<std::uint32_t>(NFT_RETURN), "return"}};

constexpr AttributeSchema kImmediate[] = {
    {NFTA_IMMEDIATE_DREG, Kind::kU32, "dreg"},
    {NFTA_IMMEDIATE_DATA, Kind::kValueOrVerdict, "data"},
};

constexpr AttributeSchema kCmp[] = {
    {NFTA_CMP_SREG, Kind::kU32, "sreg"},
    {NFTA_CMP_OP, Kind::kName32, "op", kRequired, kCmpOps},
    {NFTA_CMP_DATA, Kind::kValue, "data"},
};

constexpr AttributeSchema kRange[] = {
    {NFTA_RANGE_SREG, Kind::kU32, "sreg"},
    {NFTA_RANGE_OP, Kind::kName32, "op", kRequired, kRangeOps},
    {NFTA_RANGE_FROM_DATA, Kind::kValue, "from"},
    {NFTA_RANGE_TO_DATA, Kind::kValue, "to"},
};

constexpr AttributeSchema kLookup[] = {
    {NFTA_LOOKUP_SET, Kind::kText, "set"},
    {NFTA_LOOKUP_SREG, Kind::kU32, "sreg"},
    {NFTA_LOOKUP_DREG, Kind::kU32, "dreg", kOptional},
    {NFTA_LOOKUP_SET_ID, Kind::kIgnored},
    {NFTA_LOOKUP_FLAGS, Kind::kFlags, "", kOptional, kInvert},
};

constexpr AttributeSchema kMeta[] = {
    {NFTA_META_KEY, Kind::kName32, "key", kRequired, kMetaKeys},
    {NFTA_META_DREG, Kind::kU32, "dreg", kOptional},
    {NFTA_META_SREG, Kind::kU32, "sreg", kOptional},
};

constexpr AttributeSchema kPayload[] = {
    {NFTA_PAYLOAD_BASE, Kind::kName32, "base", kRequired, kPayloadBases},
    {NFTA_PAYLOAD_OFFSET, Kind::kU32, "offset"},
    {NFTA_PAYLOAD_LEN, Kind::kU32, "length"},
    {NFTA_PAYLOAD_DREG, Kind::kU32, "dreg", kOptional},
    {NFTA_PAYLOAD_SREG, Kind::kU32, "sreg", kOptional},
    {NFTA_PAYLOAD_CSUM_TYPE, Kind::kU32, "checksumType", kUnlessZero},
    {NFTA_PAYLOAD_CSUM_OFFSET, Kind::kU32, "checksumOffset", kUnlessZero},
    {NFTA_PAYLOAD_CSUM_FLAGS, Kind::kU32, "checksumFlags", kUnlessZero},
};

constexpr AttributeSchema kBitwise[] = {
    {NFTA_BITWISE_SREG, Kind::kU32, "sreg"},
    {NFTA_BITWISE_DREG, Kind::kU32, "dreg"},
    {NFTA_BITWISE_LEN, Kind::kU32, "length"},
    {NFTA_BITWISE_OP, Kind::kName32, "op", kOptional, kBitwiseOps},
    {NFTA_BITWISE_MASK, Kind::kValue, "mask", kOptional},
    {NFTA_BITWISE_XOR, Kind::kValue, "xor", kOptional},
    {NFTA_BITWISE_DATA, Kind::kValue, "data", kOptional},
};

constexpr AttributeSchema kByteOrder[] = {
    {NFTA_BYTEORDER_SREG, Kind::kU32, "sreg"},
    {NFTA_BYTEORDER_DREG, Kind::kU32, "dreg"},
    {NFTA_BYTEORDER_OP, Kind::kName32, "op", kRequired, kByteOrderOps},
    {NFTA_BYTEORDER_LEN, Kind::kU32, "length"},
    {NFTA_BYTEORDER_SIZE, Kind::kU32, "size"},
};

constexpr AttributeSchema kCt[] = {
    {NFTA_CT_KEY, Kind::kName32, "key", kRequired, kCtKeys},
    {NFTA_CT_DREG, Kind::kU32, "dreg", kOptional},
    {NFTA_CT_SREG, Kind::kU32, "sreg", kOptional},
    {NFTA_CT_DIRECTION, Kind::kName8, "direction", kOptional, kDirections},
};

constexpr AttributeSchema kExtensionHeader[] = {
    {NFTA_EXTHDR_OP, Kind::kName32, "protocol", kRequired, kHeaderProtocols},
    {NFTA_EXTHDR_TYPE, Kind::kU8, "type"},
    {NFTA_EXTHDR_OFFSET, Kind::kU32, "offset"},
    {NFTA_EXTHDR_LEN, Kind::kU32, "length"},
    {NFTA_EXTHDR_FLAGS, Kind::kFlags, "", kOptional, kHeaderFlags},
    {NFTA_EXTHDR_DREG, Kind::kU32, "dreg", kOptional},
    {NFTA_EXTHDR_SREG, Kind::kU32, "sreg", kOptional},
};

constexpr AttributeSchema kFib[] = {
    {NFTA_FIB_FLAGS, Kind::kFlagNames, "flags", kRequired, kFibFlags},
    {NFTA_FIB_RESULT, Kind::kName32, "result", kRequired, kFibResults},
    {NFTA_FIB_DREG, Kind::kU32, "dreg"},
};

constexpr AttributeSchema kRoute[] = {
    {NFTA_RT_KEY, Kind::kName32, "key", kRequired, kRouteKeys},
    {NFTA_RT_DREG, Kind::kU32, "dreg"},
};

constexpr AttributeSchema kSocket[] = {
    {NFTA_SOCKET_KEY, Kind::kName32, "key", kRequired, kSocketKeys},
    {NFTA_SOCKET_DREG, Kind::kU32, "dreg"},
    {NFTA_SOCKET_LEVEL, Kind::kU32, "level", kOptional},
};

constexpr AttributeSchema kOsf[] = {
    {NFTA_OSF_DREG, Kind::kU32, "dreg"},
    {NFTA_OSF_TTL, Kind::kU8, "ttl", kUnlessZero},
    {NFTA_OSF_FLAGS, Kind::kU32, "flags", kUnlessZero},
};

constexpr AttributeSchema kXfrm[] = {
    {NFTA_XFRM_KEY, Kind::kName32, "key", kRequired, kXfrmKeys},
    {NFTA_XFRM_DIR, Kind::kName8, "direction", kRequired, kXfrmDirections},
    {NFTA_XFRM_SPNUM, Kind::kU32, "spnum"},
    {NFTA_XFRM_DREG, Kind::kU32, "dreg"},
};

constexpr AttributeSchema kNumberGenerator[] = {
    {NFTA_NG_TYPE, Kind::kName32, "type", kRequired, kGeneratorTypes},
    {NFTA_NG_MODULUS, Kind::kU32, "modulus"},
    {NFTA_NG_OFFSET, Kind::kU32, "offset", kUnlessZero},
    {NFTA_NG_DREG, Kind::kU32, "dreg"},
};

constexpr AttributeSchema kHash[] = {
    {NFTA_HASH_TYPE, Kind::kName32, "type", kRequired, kHashTypes},
    {NFTA_HASH_SREG, Kind::kU32, "sreg", kOptional},
    {NFTA_HASH_DREG, Kind::kU32, "dreg"},
    {NFTA_HASH_LEN, Kind::kU32, "length", kOptional},
    {NFTA_HASH_MODULUS, Kind::kU32, "modulus"},
    {NFTA_HASH_SEED, Kind::kU32, "seed", kUnlessZero},
    {NFTA_HASH_OFFSET, Kind::kU32, "offset", kUnlessZero},
};

constexpr AttributeSchema kCounter[] = {
    {NFTA_COUNTER_PACKETS, Kind::kU64, "packets"},
    {NFTA_COUNTER_BYTES, Kind::kU64, "bytes"},
    {NFTA_COUNTER_PAD, Kind::kIgnored},
};

constexpr AttributeSchema kLimit[] = {
    {NFTA_LIMIT_RATE, Kind::kU64, "rate"},
    {NFTA_LIMIT_UNIT, Kind::kU64, "unit"},
    {NFTA_LIMIT_BURST, Kind::kU32, "burst"},
    {NFTA_LIMIT_TYPE, Kind::kName32, "type", kRequired, kLimitTypes},
    {NFTA_LIMIT_FLAGS, Kind::kFlags, "", kOptional, kInvert},
    {NFTA_LIMIT_PAD, Kind::kIgnored},
};

constexpr AttributeSchema kQuota[] = {
    {NFTA_QUOTA_BYTES, Kind::kU64, "bytes"},
    {NFTA_QUOTA_CONSUMED, Kind::kU64, "consumed"},
    {NFTA_QUOTA_FLAGS, Kind::kFlags, "", kOptional, kQuotaFlags},
    {NFTA_QUOTA_PAD, Kind::kIgnored},
};

constexpr AttributeSchema kLast[] = {
    {NFTA_LAST_SET, Kind::kBoolean32, "used"},
    {NFTA_LAST_MSECS, Kind::kU64, "milliseconds", kOptional},
    {NFTA_LAST_PAD, Kind::kIgnored},
};

constexpr AttributeSchema kConnectionLimit[] = {
    {NFTA_CONNLIMIT_COUNT, Kind::kU32, "count"},
    {NFTA_CONNLIMIT_FLAGS, Kind::kFlags, "", kOptional, kInvert},
};

constexpr AttributeSchema kLog[] = {
    {NFTA_LOG_PREFIX, Kind::kText, "prefix", kOptional},
    {NFTA_LOG_GROUP, Kind::kU16, "group", kOptional},
    {NFTA_LOG_LEVEL, Kind::kU32, "level", kOptional},
    {NFTA_LOG_SNAPLEN, Kind::kU32, "snapLength", kUnlessZero},
    {NFTA_LOG_QTHRESHOLD, Kind::kU16, "queueThreshold", kUnlessZero},
    {NFTA_LOG_FLAGS, Kind::kU32, "flags", kUnlessZero},
};

constexpr AttributeSchema kDynset[] = {
    {NFTA_DYNSET_SET_NAME, Kind::kText, "set"},
    {NFTA_DYNSET_SET_ID, Kind::kIgnored},
    {NFTA_DYNSET_OP, Kind::kName32, "op", kRequired, kDynsetOps},
    {NFTA_DYNSET_SREG_KEY, Kind::kU32, "keyReg"},
    {NFTA_DYNSET_SREG_DATA, Kind::kU32, "dataReg", kOptional},
    {NFTA_DYNSET_TIMEOUT, Kind::kU64, "timeout", kUnlessZero},
    {NFTA_DYNSET_FLAGS, Kind::kFlags, "", kOptional, kDynsetFlags},
    {NFTA_DYNSET_EXPR, Kind::kExpression, "expressions", kOptional},
    {NFTA_DYNSET_EXPRESSIONS, Kind::kExpressions, "expressions", kOptional},
    {NFTA_DYNSET_PAD, Kind::kIgnored},
};

constexpr AttributeSchema kObjectReference[] = {
    {NFTA_OBJREF_IMM_TYPE, Kind::kName32, "type", kOptional, kObjectTypes},
    {NFTA_OBJREF_IMM_NAME, Kind::kText, "name", kOptional},
    {NFTA_OBJREF_SET_SREG, Kind::kU32, "sreg", kOptional},
    {NFTA_OBJREF_SET_NAME, Kind::kText, "map", kOptional},
    {NFTA_OBJREF_SET_ID, Kind::kIgnored},
};

constexpr AttributeSchema kFlowOffload[] = {{NFTA_FLOW_TABLE_NAME, Kind::kText, "table"}};

constexpr AttributeSchema kNat[] = {
    {NFTA_NAT_TYPE, Kind::kName32, "type", kRequired, kNatTypes},
    {NFTA_NAT_FAMILY, Kind::kName32, "family", kRequired, kFamilies},
    {NFTA_NAT_REG_ADDR_MIN, Kind::kU32, "addressReg", kOptional},
    {NFTA_NAT_REG_ADDR_MAX, Kind::kU32, "addressMaxReg", kOptional},
    {NFTA_NAT_REG_PROTO_MIN, Kind::kU32, "portReg", kOptional},
    {NFTA_NAT_REG_PROTO_MAX, Kind::kU32, "portMaxReg", kOptional},
    {NFTA_NAT_FLAGS, Kind::kU32, "flags", kOptional},
};

constexpr AttributeSchema kMasquerade[] = {
    {NFTA_MASQ_REG_PROTO_MIN, Kind::kU32, "portReg", kOptional},
    {NFTA_MASQ_REG_PROTO_MAX, Kind::kU32, "portMaxReg", kOptional},
    {NFTA_MASQ_FLAGS, Kind::kU32, "flags", kOptional},
};

constexpr AttributeSchema kRedirect[] = {
    {NFTA_REDIR_REG_PROTO_MIN, Kind::kU32, "portReg", kOptional},
    {NFTA_REDIR_REG_PROTO_MAX, Kind::kU32, "portMaxReg", kOptional},
    {NFTA_REDIR_FLAGS, Kind::kU32, "flags", kOptional},
};

constexpr AttributeSchema kTransparentProxy[] = {
    {NFTA_TPROXY_FAMILY, Kind::kName32, "family", kRequired, kProxyFamilies},
    {NFTA_TPROXY_REG_ADDR, Kind::kU32, "addressReg", kOptional},
    {NFTA_TPROXY_REG_PORT, Kind::kU32, "portReg", kOptional},
};

constexpr AttributeSchema kDuplicate[] = {
    {NFTA_DUP_SREG_ADDR, Kind::kU32, "addressReg", kOptional},
    {NFTA_DUP_SREG_DEV, Kind::kU32, "deviceReg", kOptional},
};

constexpr AttributeSchema kForward[] = {
    {NFTA_FWD_SREG_DEV, Kind::kU32, "deviceReg"},
    {NFTA_FWD_SREG_ADDR, Kind::kU32, "addressReg", kOptional},
    {NFTA_FWD_NFPROTO, Kind::kName32, "family", kOptional, kFamilies},
};

constexpr AttributeSchema kReject[] = {
    {NFTA_REJECT_TYPE, Kind::kU32, "type"},
    {NFTA_REJECT_ICMP_CODE, Kind::kU8, "code", kOptional},
};

constexpr AttributeSchema kQueue[] = {
    {NFTA_QUEUE_NUM, Kind::kU16, "number", kOptional},
    {NFTA_QUEUE_TOTAL, Kind::kU16, "total", kOptional},
    {NFTA_QUEUE_FLAGS, Kind::kU16, "flags", kUnlessZero},
    {NFTA_QUEUE_SREG_QNUM, Kind::kU32, "sreg", kOptional},
};

constexpr AttributeSchema kSynproxy[] = {
    {NFTA_SYNPROXY_MSS, Kind::kU16, "mss"},
    {NFTA_SYNPROXY_WSCALE, Kind::kU8, "windowScale"},
    {NFTA_SYNPROXY_FLAGS, Kind::kU32, "flags"},
};

constexpr AttributeSchema kCompatible[] = {
    {NFTA_MATCH_NAME, Kind::kText, "name"},
    {NFTA_MATCH_REV, Kind::kU32, "revision"},
    {NFTA_MATCH_INFO, Kind::kBytes, "data"},
};
static_assert(static_cast<int>(NFTA_MATCH_NAME) == NFTA_TARGET_NAME &&
              static_cast<int>(NFTA_MATCH_REV) == NFTA_TARGET_REV &&
              static_cast<int>(NFTA_MATCH_INFO) == NFTA_TARGET_INFO);

using Fields = std::vector<DecodedField>;

Fields::iterator find(Fields& fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(),
                      [name](const DecodedField& field) { return name == field.name; });
}

bool has(Fields& fields, std::string_view name) {
  return find(fields, name) != fields.end();
}

void remove(Fields& fields, std::string_view name) {
  const auto field = find(fields, name);
  if (field != fields.end()) fields.erase(field);
}

bool whole(DecodedExpression& /*expression*/) {
  return true;
}

bool loadsOrStores(DecodedExpression& expression) {
  return has(expression.fields, "dreg") != has(expression.fields, "sreg");
}

bool finishImmediate(DecodedExpression& expression) {
  if (has(expression.fields, "verdict")) remove(expression.fields, "dreg");
  return true;
}

/** A mask needs neither its length nor the name of its operation; a shift has no mask. */
bool finishBitwise(DecodedExpression& expression) {
  Fields& fields = expression.fields;
  const auto op = find(fields, "op");
  const bool masks = op == fields.end() || std::get<std::string>(op->value) == "bool";
  if (has(fields, "mask") != masks || has(fields, "xor") != masks || has(fields, "data") == masks) {
    return false;
  }
  if (!masks) return true;
  remove(fields, "op");
  remove(fields, "length");
  return true;
}

bool finishReject(DecodedExpression& expression) {
  if (!has(expression.fields, "code")) expression.fields.push_back({"code", 0.0});
  return true;
}

bool finishReference(DecodedExpression& expression) {
  Fields& fields = expression.fields;
  const bool by_name = has(fields, "type") && has(fields, "name");
  const bool by_key = has(fields, "sreg") && has(fields, "map");
  return by_name != by_key && fields.size() == 2;
}

/** Removes the end of a range that has one value only: the kernel always reports it. */
void removeRangeOfOne(Fields& fields, std::string_view first, std::string_view last) {
  const auto from = find(fields, first);
  const auto to = find(fields, last);
  if (from == fields.end() || to == fields.end()) return;
  if (std::get<double>(from->value) == std::get<double>(to->value)) fields.erase(to);
}

bool finishNat(DecodedExpression& expression) {
  constexpr std::uint32_t kSaidByRegisters = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
  Fields& fields = expression.fields;
  removeRangeOfOne(fields, "addressReg", "addressMaxReg");
  removeRangeOfOne(fields, "portReg", "portMaxReg");
  const auto flags = find(fields, "flags");
  if (flags == fields.end()) return true;
  const auto rest = static_cast<std::uint32_t>(std::get<double>(flags->value)) & ~kSaidByRegisters;
  if (rest == 0) {
    fields.erase(flags);
  } else {
    flags->value = static_cast<double>(rest);
  }
  return true;
}

template <std::size_t kSize>
constexpr ExpressionSchema schema(const char *name, const AttributeSchema (&attributes)[kSize],
                                  bool (*finish)(DecodedExpression&) = whole) {
  return {name, attributes, attributes + kSize, finish};
}

constexpr ExpressionSchema kSchemas[] = {
    schema("immediate", kImmediate, finishImmediate),
    schema("cmp", kCmp),
    schema("range", kRange),
    schema("lookup", kLookup),
    schema("meta", kMeta, loadsOrStores),
    schema("payload", kPayload, loadsOrStores),
    schema("bitwise", kBitwise, finishBitwise),
    schema("byteorder", kByteOrder),
    schema("ct", kCt, loadsOrStores),
    schema("exthdr", kExtensionHeader),
    schema("fib", kFib),
    schema("rt", kRoute),
    schema("socket", kSocket),
    schema("osf", kOsf),
    schema("xfrm", kXfrm),
    schema("numgen", kNumberGenerator),
    schema("hash", kHash),
    schema("counter", kCounter),
    schema("limit", kLimit),
    schema("quota", kQuota),
    schema("last", kLast),
    schema("connlimit", kConnectionLimit),
    schema("log", kLog),
    schema("dynset", kDynset),
    schema("objref", kObjectReference, finishReference),
    {"notrack", nullptr, nullptr, whole},
    schema("flow_offload", kFlowOffload),
    schema("nat", kNat, finishNat),
    schema("masq", kMasquerade, finishNat),
    schema("redir", kRedirect, finishNat),
    schema("tproxy", kTransparentProxy),
    schema("dup", kDuplicate),
    schema("fwd", kForward),
    schema("reject", kReject, finishReject),
    schema("queue", kQueue),
    schema("synproxy", kSynproxy),
    schema("match", kCompatible),
    schema("target", kCompatible),
};

}  // namespace

NumberNames verdictNames() {
  return kVerdicts;
}

const ExpressionSchema *schemaOf(std::string_view name) {
  const auto *const found =
      std::find_if(std::begin(kSchemas), std::end(kSchemas),
                   [name](const ExpressionSchema& each) { return name == each.name; });
  return found == std::end(kSchemas) ? nullptr : found;
}

}  // namespace portshift::nft
