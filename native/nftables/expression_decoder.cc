#include "nftables/expression_decoder.h"

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include <optional>
#include <string>
#include <utility>

namespace portshift::nft {

namespace {

/** The decoded expression, or nothing if it has another form than portshift writes. */
using Decoded = std::optional<Expression>;

std::uint32_t number(const Attributes& data, std::uint16_t type) {
  return data.u32(type).value_or(0);
}

Decoded readMeta(const Attributes& data) {
  const bool stores = data.has(NFTA_META_SREG);
  return Meta{number(data, NFTA_META_KEY), number(data, stores ? NFTA_META_SREG : NFTA_META_DREG),
              stores};
}

Decoded readCmp(const Attributes& data) {
  return Cmp{number(data, NFTA_CMP_OP), number(data, NFTA_CMP_SREG),
             readValue(data, NFTA_CMP_DATA)};
}

Decoded readPayload(const Attributes& data) {
  if (data.has(NFTA_PAYLOAD_SREG)) return {};
  return Payload{number(data, NFTA_PAYLOAD_BASE), number(data, NFTA_PAYLOAD_OFFSET),
                 number(data, NFTA_PAYLOAD_LEN), number(data, NFTA_PAYLOAD_DREG)};
}

Decoded readBitwise(const Attributes& data) {
  constexpr std::uint32_t kMaskAndXor = 0;
  if (number(data, NFTA_BITWISE_OP) != kMaskAndXor) return {};
  return Bitwise{number(data, NFTA_BITWISE_SREG), number(data, NFTA_BITWISE_DREG),
                 readValue(data, NFTA_BITWISE_MASK), readValue(data, NFTA_BITWISE_XOR)};
}

Decoded readCt(const Attributes& data) {
  if (data.has(NFTA_CT_SREG)) return {};
  return Ct{number(data, NFTA_CT_KEY), number(data, NFTA_CT_DREG), data.u8(NFTA_CT_DIRECTION)};
}

Decoded readFib(const Attributes& data) {
  return Fib{number(data, NFTA_FIB_FLAGS), number(data, NFTA_FIB_RESULT),
             number(data, NFTA_FIB_DREG)};
}

Decoded readLookup(const Attributes& data) {
  const std::uint32_t flags = number(data, NFTA_LOOKUP_FLAGS);
  if ((flags & ~std::uint32_t{NFT_LOOKUP_F_INV}) != 0) return {};
  return Lookup{data.text(NFTA_LOOKUP_SET), number(data, NFTA_LOOKUP_SREG),
                data.u32(NFTA_LOOKUP_DREG), flags != 0};
}

bool isRange(const Attributes& data, std::uint16_t first, std::uint16_t last) {
  return data.has(last) && number(data, first) != number(data, last);
}

Decoded readNat(const Attributes& data) {
  if (isRange(data, NFTA_NAT_REG_ADDR_MIN, NFTA_NAT_REG_ADDR_MAX) ||
      isRange(data, NFTA_NAT_REG_PROTO_MIN, NFTA_NAT_REG_PROTO_MAX)) {
    return {};
  }
  constexpr std::uint32_t kSaidByRegisters = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED;
  return Nat{number(data, NFTA_NAT_TYPE), number(data, NFTA_NAT_FAMILY),
             data.u32(NFTA_NAT_REG_ADDR_MIN), data.u32(NFTA_NAT_REG_PROTO_MIN),
             number(data, NFTA_NAT_FLAGS) & ~kSaidByRegisters};
}

Decoded readRedirect(const Attributes& data) {
  if (isRange(data, NFTA_REDIR_REG_PROTO_MIN, NFTA_REDIR_REG_PROTO_MAX)) return {};
  if ((number(data, NFTA_REDIR_FLAGS) & ~NF_NAT_RANGE_PROTO_SPECIFIED) != 0) return {};
  return Redirect{data.u32(NFTA_REDIR_REG_PROTO_MIN)};
}

Decoded readSocket(const Attributes& data) {
  return SocketKey{number(data, NFTA_SOCKET_KEY), number(data, NFTA_SOCKET_DREG)};
}

Decoded readImmediate(const Attributes& data) {
  const Attributes verdict = data.nest(NFTA_IMMEDIATE_DATA).nest(NFTA_DATA_VERDICT);
  const auto code = verdict.u32(NFTA_VERDICT_CODE);
  if (!code) return {};
  return Verdict{static_cast<std::int32_t>(*code), verdict.text(NFTA_VERDICT_CHAIN)};
}

Decoded readReject(const Attributes& data) {
  return Reject{number(data, NFTA_REJECT_TYPE), data.u8(NFTA_REJECT_ICMP_CODE).value_or(0)};
}

struct Reader {
  const char *name;
  Decoded (*read)(const Attributes& data);
};

constexpr Reader kReaders[] = {
    {"meta", readMeta},
    {"cmp", readCmp},
    {"payload", readPayload},
    {"bitwise", readBitwise},
    {"ct", readCt},
    {"fib", readFib},
    {"lookup", readLookup},
    {"nat", readNat},
    {"redir", readRedirect},
    {"socket", readSocket},
    {"immediate", readImmediate},
    {"reject", readReject},
};

Expression readExpression(const Attributes& expression) {
  const std::string name = expression.text(NFTA_EXPR_NAME);
  for (const Reader& reader : kReaders) {
    if (name != reader.name) continue;
    if (Decoded decoded = reader.read(expression.nest(NFTA_EXPR_DATA))) return *std::move(decoded);
  }
  return Unknown{name};
}

}  // namespace

Expressions readExpressions(const nlattr *list) {
  Expressions expressions;
  forEachNested(list, [&expressions](const nlattr *element) {
    expressions.push_back(readExpression(Attributes(element)));
  });
  return expressions;
}

}  // namespace portshift::nft
