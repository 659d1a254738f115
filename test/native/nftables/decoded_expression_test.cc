#include "nftables/decoded_expression.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>

#include <functional>
#include <string>

#include "check.h"
#include "nftables/message.h"
#include "util/hex.h"

using namespace portshift;       // NOLINT(google-build-using-namespace)
using namespace portshift::nft;  // NOLINT(google-build-using-namespace)

namespace {

using Fill = std::function<void(Message& message)>;

std::string showAll(const DecodedExpressions& expressions);

struct Show {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(double value) const {
    return std::to_string(static_cast<std::uint64_t>(value));
  }
  std::string operator()(const std::string& value) const { return "'" + value + "'"; }
  std::string operator()(const Bytes& value) const { return hexOf(value); }
  std::string operator()(const DecodedExpressions& value) const {
    return "[" + showAll(value) + "]";
  }
};

std::string showAll(const DecodedExpressions& expressions) {
  std::string text;
  for (const DecodedExpression& expression : expressions) {
    if (!text.empty()) text += "; ";
    text += expression.kind;
    for (const DecodedField& field : expression.fields) {
      text.append(" ").append(field.name).append("=").append(std::visit(Show{}, field.value));
    }
  }
  return text;
}

void putNamed(Message& message, std::uint16_t type, const char *name, const Fill& fill) {
  const Message::Nest element(message, type);
  message.put(NFTA_EXPR_NAME, std::string(name));
  const Message::Nest data(message, NFTA_EXPR_DATA);
  fill(message);
}

/** What is decoded of a rule with one expression of that name and those attributes. */
std::string decoded(const char *name, const Fill& fill) {
  Message message(messageType(NFT_MSG_NEWRULE), 0, NFPROTO_INET);
  {
    const Message::Nest list(message, NFTA_RULE_EXPRESSIONS);
    putNamed(message, NFTA_LIST_ELEM, name, fill);
  }
  const Attributes rule(reinterpret_cast<const nlmsghdr *>(message.bytes().data()));
  return showAll(decodeExpressions(rule.find(NFTA_RULE_EXPRESSIONS)));
}

std::uint16_t networkOrder(std::uint16_t number) {
  return static_cast<std::uint16_t>(number << 8 | number >> 8);
}

void put16(Message& message, std::uint16_t type, std::uint16_t number) {
  const std::uint16_t bytes = networkOrder(number);
  message.put(type, ByteView(&bytes, sizeof bytes));
}

void putVerdict(Message& message, std::int32_t code, const std::string& chain) {
  message.put(NFTA_IMMEDIATE_DREG, std::uint32_t{NFT_REG_VERDICT});
  const Message::Nest data(message, NFTA_IMMEDIATE_DATA);
  const Message::Nest verdict(message, NFTA_DATA_VERDICT);
  message.put(NFTA_VERDICT_CODE, static_cast<std::uint32_t>(code));
  if (!chain.empty()) message.put(NFTA_VERDICT_CHAIN, chain);
}

std::string verdict(std::int32_t code, const std::string& chain = {}) {
  return decoded("immediate", [&](Message& message) { putVerdict(message, code, chain); });
}

void putCmp(Message& message) {
  message.put(NFTA_CMP_SREG, std::uint32_t{1}).put(NFTA_CMP_OP, std::uint32_t{NFT_CMP_LTE});
  putValue(message, NFTA_CMP_DATA, Bytes{0x20, 0xfb});
}

}  // namespace

// The expressions that test/native/nftables/ruleset.test.ts has are left out here: those come from
// the kernel.
TEST("nftables/decoded_expression", "decodes verdicts") {
  CHECK_EQUAL(verdict(NF_DROP), "immediate verdict='drop'");
  CHECK_EQUAL(verdict(NF_QUEUE), "immediate verdict='queue'");
  CHECK_EQUAL(verdict(NFT_BREAK), "immediate verdict='break'");
  CHECK_EQUAL(verdict(NFT_JUMP, "own"), "immediate verdict='jump' chain='own'");
  for (const std::string& wrong :
       {verdict(7), verdict(NF_DROP | 5 << 16), verdict(NFT_JUMP), verdict(NF_DROP, "own")}) {
    CHECK_EQUAL(wrong, "unknown name='immediate'");
  }
}

TEST("nftables/decoded_expression", "decodes what the kernels of the other tests do not have") {
  CHECK_EQUAL(decoded("queue",
                      [](Message& message) {
                        put16(message, NFTA_QUEUE_NUM, 3);
                        put16(message, NFTA_QUEUE_TOTAL, 2);
                        put16(message, NFTA_QUEUE_FLAGS, 1);
                      }),
              "queue number=3 total=2 flags=1");
  CHECK_EQUAL(decoded("exthdr",
                      [](Message& message) {
                        message.put(NFTA_EXTHDR_TYPE, std::uint8_t{44})
                            .put(NFTA_EXTHDR_OFFSET, std::uint32_t{2})
                            .put(NFTA_EXTHDR_LEN, std::uint32_t{2})
                            .put(NFTA_EXTHDR_OP, std::uint32_t{NFT_EXTHDR_OP_IPV6})
                            .put(NFTA_EXTHDR_FLAGS, std::uint32_t{0})
                            .put(NFTA_EXTHDR_SREG, std::uint32_t{1});
                      }),
              "exthdr type=44 offset=2 length=2 protocol='ipv6' sreg=1");
  CHECK_EQUAL(
      decoded("dup", [](Message& message) { message.put(NFTA_DUP_SREG_ADDR, std::uint32_t{1}); }),
      "dup addressReg=1");
  CHECK_EQUAL(decoded("fwd",
                      [](Message& message) {
                        message.put(NFTA_FWD_SREG_DEV, std::uint32_t{1})
                            .put(NFTA_FWD_SREG_ADDR, std::uint32_t{2})
                            .put(NFTA_FWD_NFPROTO, std::uint32_t{NFPROTO_IPV6});
                      }),
              "fwd deviceReg=1 addressReg=2 family='ip6'");
  CHECK_EQUAL(
      decoded("flow_offload",
              [](Message& message) { message.put(NFTA_FLOW_TABLE_NAME, std::string("fast")); }),
      "flow_offload table='fast'");
  CHECK_EQUAL(decoded("last",
                      [](Message& message) {
                        message.put(NFTA_LAST_SET, std::uint32_t{1})
                            .put(NFTA_LAST_MSECS, std::uint64_t{5000000000});
                      }),
              "last used=true milliseconds=5000000000");
  CHECK_EQUAL(decoded("range",
                      [](Message& message) {
                        message.put(NFTA_RANGE_SREG, std::uint32_t{1})
                            .put(NFTA_RANGE_OP, std::uint32_t{NFT_RANGE_NEQ});
                        putValue(message, NFTA_RANGE_FROM_DATA, Bytes{0, 1});
                        putValue(message, NFTA_RANGE_TO_DATA, Bytes{0, 9});
                      }),
              "range sreg=1 op='neq' from=0001 to=0009");
}

TEST("nftables/decoded_expression", "tells the two forms of objref from each other") {
  const auto reference = [](bool by_name, bool by_key) {
    return decoded("objref", [by_name, by_key](Message& message) {
      if (by_name) {
        message.put(NFTA_OBJREF_IMM_TYPE, std::uint32_t{NFT_OBJECT_CT_HELPER})
            .put(NFTA_OBJREF_IMM_NAME, std::string("ftp"));
      }
      if (by_key) {
        message.put(NFTA_OBJREF_SET_SREG, std::uint32_t{1})
            .put(NFTA_OBJREF_SET_NAME, std::string("map"))
            .put(NFTA_OBJREF_SET_ID, std::uint32_t{4});
      }
    });
  };
  CHECK_EQUAL(reference(true, false), "objref type='ct_helper' name='ftp'");
  CHECK_EQUAL(reference(false, true), "objref sreg=1 map='map'");
  CHECK_EQUAL(reference(true, true), "unknown name='objref'");
  CHECK_EQUAL(reference(false, false), "unknown name='objref'");
}

TEST("nftables/decoded_expression", "tells masks from shifts") {
  const auto bitwise = [](std::uint32_t op, bool masks, bool shifts) {
    return decoded("bitwise", [op, masks, shifts](Message& message) {
      message.put(NFTA_BITWISE_SREG, std::uint32_t{1})
          .put(NFTA_BITWISE_DREG, std::uint32_t{2})
          .put(NFTA_BITWISE_LEN, std::uint32_t{1})
          .put(NFTA_BITWISE_OP, op);
      if (masks) {
        putValue(message, NFTA_BITWISE_MASK, Bytes{0x12});
        putValue(message, NFTA_BITWISE_XOR, Bytes{0});
      }
      if (shifts) putValue(message, NFTA_BITWISE_DATA, Bytes{3, 0, 0, 0});
    });
  };
  CHECK_EQUAL(bitwise(NFT_BITWISE_BOOL, true, false), "bitwise sreg=1 dreg=2 mask=12 xor=00");
  CHECK_EQUAL(bitwise(NFT_BITWISE_RSHIFT, false, true),
              "bitwise sreg=1 dreg=2 length=1 op='rshift' data=03000000");
  for (const std::string& wrong :
       {bitwise(NFT_BITWISE_BOOL, false, true), bitwise(NFT_BITWISE_LSHIFT, true, false),
        bitwise(NFT_BITWISE_LSHIFT, true, true), bitwise(9, true, false)}) {
    CHECK_EQUAL(wrong, "unknown name='bitwise'");
  }
}

TEST("nftables/decoded_expression", "leaves out of translations what their registers say") {
  const auto nat = [](std::uint32_t last, std::uint32_t flags) {
    return decoded("nat", [last, flags](Message& message) {
      message.put(NFTA_NAT_TYPE, std::uint32_t{NFT_NAT_DNAT})
          .put(NFTA_NAT_FAMILY, std::uint32_t{NFPROTO_INET})
          .put(NFTA_NAT_REG_PROTO_MIN, std::uint32_t{1})
          .put(NFTA_NAT_REG_PROTO_MAX, last)
          .put(NFTA_NAT_FLAGS, flags);
    });
  };
  CHECK_EQUAL(nat(1, NF_NAT_RANGE_PROTO_SPECIFIED), "nat type='dnat' family='inet' portReg=1");
  CHECK_EQUAL(nat(2, NF_NAT_RANGE_PROTO_SPECIFIED | NF_NAT_RANGE_PERSISTENT),
              "nat type='dnat' family='inet' portReg=1 portMaxReg=2 flags=8");
}

TEST("nftables/decoded_expression", "takes one that says more than it knows for an unknown one") {
  CHECK_EQUAL(decoded("cmp", putCmp), "cmp sreg=1 op='lte' data=20fb");
  const auto with = [](const Fill& more) {
    return decoded("cmp", [&more](Message& message) {
      putCmp(message);
      more(message);
    });
  };
  const std::string unknown = "unknown name='cmp'";
  CHECK_EQUAL(with([](Message& message) { message.put(9, std::uint32_t{1}); }), unknown);
  CHECK_EQUAL(with([](Message& message) { message.put(70, std::uint32_t{1}); }), unknown);
  CHECK_EQUAL(with([](Message& message) { message.put(NFTA_CMP_SREG, std::uint32_t{2}); }),
              unknown);
  CHECK_EQUAL(decoded("colour", putCmp), "unknown name='colour'");
}

TEST("nftables/decoded_expression",
     "takes one that says less, or something else, for an unknown one") {
  const auto limit = [](const Fill& flags) {
    return decoded("limit", [&flags](Message& message) {
      message.put(NFTA_LIMIT_RATE, std::uint64_t{5})
          .put(NFTA_LIMIT_UNIT, std::uint64_t{1})
          .put(NFTA_LIMIT_BURST, std::uint32_t{5})
          .put(NFTA_LIMIT_TYPE, std::uint32_t{NFT_LIMIT_PKTS});
      flags(message);
    });
  };
  const auto flags = [](std::uint32_t number) -> Fill {
    return [number](Message& message) { message.put(NFTA_LIMIT_FLAGS, number); };
  };
  const std::string plain = "limit rate=5 unit=1 burst=5 type='packets'";
  CHECK_EQUAL(limit([](Message& /*message*/) {}), plain);
  CHECK_EQUAL(limit(flags(0)), plain);
  CHECK_EQUAL(limit(flags(NFT_LIMIT_F_INV)), plain + " invert=true");
  CHECK_EQUAL(limit(flags(2)), "unknown name='limit'");
  CHECK_EQUAL(limit([](Message& message) { message.put(NFTA_LIMIT_FLAGS, std::uint8_t{1}); }),
              "unknown name='limit'");
  CHECK_EQUAL(
      decoded("limit", [](Message& message) { message.put(NFTA_LIMIT_RATE, std::uint64_t{5}); }),
      "unknown name='limit'");
  const auto meta = [](std::uint32_t key, std::uint32_t registers) {
    return decoded("meta", [key, registers](Message& message) {
      message.put(NFTA_META_KEY, key);
      if ((registers & 1U) != 0) message.put(NFTA_META_DREG, std::uint32_t{1});
      if ((registers & 2U) != 0) message.put(NFTA_META_SREG, std::uint32_t{1});
    });
  };
  CHECK_EQUAL(meta(NFT_META_MARK, 2), "meta key='mark' sreg=1");
  CHECK_EQUAL(meta(NFT_META_MARK, 0), "unknown name='meta'");
  CHECK_EQUAL(meta(NFT_META_MARK, 3), "unknown name='meta'");
  CHECK_EQUAL(meta(200, 1), "unknown name='meta'");
}

TEST("nftables/decoded_expression", "decodes the expressions within one") {
  const auto dynset = [](const char *inner) {
    return decoded("dynset", [inner](Message& message) {
      message.put(NFTA_DYNSET_SET_NAME, std::string("seen"))
          .put(NFTA_DYNSET_OP, std::uint32_t{NFT_DYNSET_OP_UPDATE})
          .put(NFTA_DYNSET_SREG_KEY, std::uint32_t{1})
          .put(NFTA_DYNSET_FLAGS, std::uint32_t{NFT_DYNSET_F_EXPR | NFT_DYNSET_F_INV});
      const Message::Nest list(message, NFTA_DYNSET_EXPRESSIONS);
      putNamed(message, NFTA_LIST_ELEM, "cmp", putCmp);
      putNamed(message, NFTA_LIST_ELEM, inner, putCmp);
    });
  };
  CHECK_EQUAL(dynset("other"),
              "dynset set='seen' op='update' keyReg=1 invert=true expressions=[cmp sreg=1 op='lte' "
              "data=20fb; unknown name='other']");
}
