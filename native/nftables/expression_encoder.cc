#include "nftables/expression_encoder.h"

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include <array>
#include <string>
#include <variant>

#include "util/error.h"

namespace portshift::nft {

namespace {

struct Encoder {
  Message& message;

  void operator()(const Meta& meta) const {
    message.put(NFTA_META_KEY, meta.key);
    message.put(meta.stores ? NFTA_META_SREG : NFTA_META_DREG, meta.reg);
  }

  void operator()(const Cmp& cmp) const {
    message.put(NFTA_CMP_SREG, cmp.sreg).put(NFTA_CMP_OP, cmp.op);
    putValue(message, NFTA_CMP_DATA, cmp.data);
  }

  void operator()(const Payload& payload) const {
    message.put(NFTA_PAYLOAD_DREG, payload.dreg)
        .put(NFTA_PAYLOAD_BASE, payload.base)
        .put(NFTA_PAYLOAD_OFFSET, payload.offset)
        .put(NFTA_PAYLOAD_LEN, payload.length);
  }

  void operator()(const Bitwise& bitwise) const {
    message.put(NFTA_BITWISE_SREG, bitwise.sreg)
        .put(NFTA_BITWISE_DREG, bitwise.dreg)
        .put(NFTA_BITWISE_LEN, static_cast<std::uint32_t>(bitwise.mask.size()));
    putValue(message, NFTA_BITWISE_MASK, bitwise.mask);
    putValue(message, NFTA_BITWISE_XOR, bitwise.toggle);
  }

  void operator()(const Ct& ct) const {
    message.put(NFTA_CT_KEY, ct.key).put(NFTA_CT_DREG, ct.dreg);
    if (ct.direction) message.put(NFTA_CT_DIRECTION, *ct.direction);
  }

  void operator()(const Fib& fib) const {
    message.put(NFTA_FIB_FLAGS, fib.flags)
        .put(NFTA_FIB_RESULT, fib.result)
        .put(NFTA_FIB_DREG, fib.dreg);
  }

  void operator()(const Lookup& lookup) const {
    message.put(NFTA_LOOKUP_SREG, lookup.sreg);
    if (lookup.dreg) message.put(NFTA_LOOKUP_DREG, *lookup.dreg);
    message.put(NFTA_LOOKUP_SET, lookup.set);
    if (lookup.invert) message.put(NFTA_LOOKUP_FLAGS, std::uint32_t{NFT_LOOKUP_F_INV});
  }

  void operator()(const Nat& nat) const {
    message.put(NFTA_NAT_TYPE, nat.type).put(NFTA_NAT_FAMILY, nat.family);
    if (nat.address_reg) message.put(NFTA_NAT_REG_ADDR_MIN, *nat.address_reg);
    std::uint32_t flags = nat.flags;
    if (nat.port_reg) {
      message.put(NFTA_NAT_REG_PROTO_MIN, *nat.port_reg);
      flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
    }
    message.put(NFTA_NAT_FLAGS, flags);
  }

  void operator()(const Redirect& redirect) const {
    if (!redirect.port_reg) return;
    message.put(NFTA_REDIR_REG_PROTO_MIN, *redirect.port_reg)
        .put(NFTA_REDIR_FLAGS, std::uint32_t{NF_NAT_RANGE_PROTO_SPECIFIED});
  }

  void operator()(const SocketKey& socket) const {
    message.put(NFTA_SOCKET_KEY, socket.key).put(NFTA_SOCKET_DREG, socket.dreg);
  }

  void operator()(const Verdict& verdict) const {
    message.put(NFTA_IMMEDIATE_DREG, std::uint32_t{NFT_REG_VERDICT});
    const Message::Nest data(message, NFTA_IMMEDIATE_DATA);
    const Message::Nest inner(message, NFTA_DATA_VERDICT);
    message.put(NFTA_VERDICT_CODE, static_cast<std::uint32_t>(verdict.code));
    if (!verdict.chain.empty()) message.put(NFTA_VERDICT_CHAIN, verdict.chain);
  }

  void operator()(const Reject& reject) const {
    message.put(NFTA_REJECT_TYPE, reject.type).put(NFTA_REJECT_ICMP_CODE, reject.code);
  }

  void operator()(const Unknown& unknown) const {
    throw Error(ErrorKind::kInternal,
                "a rule cannot be made of a foreign expression, " + unknown.name);
  }
};

/** The names in the order of Expression's alternatives. */
constexpr std::array<const char *, 12> kNames{"meta",  "cmp",    "payload",   "bitwise",
                                              "ct",    "fib",    "lookup",    "nat",
                                              "redir", "socket", "immediate", "reject"};
static_assert(kNames.size() + 1 == std::variant_size_v<Expression>);

}  // namespace

std::string expressionName(const Expression& expression) {
  if (const auto *const unknown = std::get_if<Unknown>(&expression)) return unknown->name;
  return kNames.at(expression.index());
}

void putExpression(Message& message, const Expression& expression) {
  const Message::Nest element(message, NFTA_LIST_ELEM);
  message.put(NFTA_EXPR_NAME, expressionName(expression));
  const Message::Nest data(message, NFTA_EXPR_DATA);
  std::visit(Encoder{message}, expression);
}

}  // namespace portshift::nft
