#include "nftables/objects.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "check.h"
#include "nftables/expression_encoder.h"
#include "util/error.h"

using namespace portshift;       // NOLINT(google-build-using-namespace)
using namespace portshift::nft;  // NOLINT(google-build-using-namespace)

namespace {

Message newMessage() {
  return {messageType(NFT_MSG_NEWRULE), 0, NFPROTO_INET};
}

/** What the kernel would show of a message, as far as its attributes are those that were sent. */
Attributes attributesOf(const Message& message) {
  return Attributes(reinterpret_cast<const nlmsghdr *>(message.bytes().data()));
}

const Expressions kExpressions{
    Meta{NFT_META_L4PROTO, 1, false},
    Cmp{NFT_CMP_NEQ, 1, {6}},
    Payload{NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, 9},
    Bitwise{1, 2, {0xff, 0, 0xff, 0}, {1, 2, 3, 4}},
    Ct{NFT_CT_PROTO_DST, 1, std::uint8_t{0}},
    Ct{NFT_CT_STATE, 1, {}},
    Fib{NFTA_FIB_F_DADDR, NFT_FIB_RESULT_ADDRTYPE, 1},
    Lookup{"tcp_ports", 1, 1},
    Lookup{"tcp_closed", 1, {}},
    Lookup{"tcp_closed", 1, {}, true},
    Nat{NFT_NAT_DNAT, NFPROTO_IPV6, 1, 2, 0},
    Nat{NFT_NAT_DNAT, NFPROTO_INET, {}, 1, 0},
    Verdict{NF_DROP},
    Reject{NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_PORT_UNREACH},
    Meta{NFT_META_MARK, 1, true},
};

Bytes encoded(const Rule& rule) {
  Message message = newMessage();
  putRule(message, rule);
  return {message.bytes().begin(), message.bytes().end()};
}

}  // namespace

TEST("nftables/objects", "reads the rules it wrote, expression by expression") {
  const Rule rule{"nat_output", 0, kExpressions, "portshift"};
  Message message = newMessage();
  putRule(message, rule);
  const Rule read = readRule(attributesOf(message));
  CHECK_EQUAL(read.chain, rule.chain);
  CHECK_EQUAL(read.comment, rule.comment);
  CHECK_EQUAL(read.expressions.size(), kExpressions.size());
  for (std::size_t i = 0; i < read.expressions.size(); ++i) {
    CHECK_EQUAL(read.expressions[i].index(), kExpressions[i].index());
  }
  CHECK(encoded(read) == encoded(rule));
}

TEST("nftables/objects", "does not make what it only reads") {
  Message message = newMessage();
  CHECK_THROWS(Error, putExpression(message, Unknown{"quota"}));
  CHECK_EQUAL(expressionName(Unknown{"quota"}), "quota");
  CHECK_EQUAL(expressionName(Verdict{}), "immediate");
}

TEST("nftables/objects", "takes an expression that says more than it knows for a foreign one") {
  Message message = newMessage();
  {
    const Message::Nest list(message, NFTA_RULE_EXPRESSIONS);
    const Message::Nest element(message, NFTA_LIST_ELEM);
    message.put(NFTA_EXPR_NAME, std::string("payload"));
    const Message::Nest data(message, NFTA_EXPR_DATA);
    message.put(NFTA_PAYLOAD_SREG, std::uint32_t{1});
  }
  const Rule rule = readRule(attributesOf(message));
  CHECK_EQUAL(rule.expressions.size(), 1U);
  CHECK_EQUAL(std::get<Unknown>(rule.expressions.at(0)).name, "payload");
}

TEST("nftables/objects", "reads the sets and chains it wrote") {
  Set set;
  set.name = "tcp_ports_v4_addr_ranges";
  set.flags = NFT_SET_MAP | NFT_SET_INTERVAL | NFT_SET_CONCAT;
  set.key_type = 0x1cd;
  set.key_length = 8;
  set.data_type = 13;
  set.data_length = 2;
  set.fields = {4, 2};
  set.counter = true;
  Message message = newMessage();
  putSet(message, set, 1);
  const Set read = readSet(attributesOf(message));
  CHECK_EQUAL(read.name, set.name);
  CHECK_EQUAL(read.flags, set.flags);
  CHECK_EQUAL(read.key_type, set.key_type);
  CHECK_EQUAL(read.key_length, set.key_length);
  CHECK_EQUAL(read.data_type, set.data_type);
  CHECK_EQUAL(read.data_length, set.data_length);
  CHECK(read.counter);

  Message other = newMessage();
  putChain(other, {"nat_output", "nat", NF_INET_LOCAL_OUT, -100, NF_ACCEPT});
  const Chain chain = readChain(attributesOf(other));
  CHECK_EQUAL(chain.name, "nat_output");
  CHECK_EQUAL(chain.type, "nat");
  CHECK_EQUAL(*chain.hook, std::uint32_t{NF_INET_LOCAL_OUT});
  CHECK_EQUAL(chain.priority, -100);
  CHECK_EQUAL(chain.policy, std::uint32_t{NF_ACCEPT});
}

TEST("nftables/objects", "survives messages that are cut short or garbled") {
  Message message = newMessage();
  putRule(message, {"nat_output", 0, kExpressions, "portshift"});
  const Bytes whole(message.bytes().begin(), message.bytes().end());
  std::size_t expressions = 0;
  for (std::size_t place = sizeof(nlmsghdr); place < whole.size(); ++place) {
    for (const int value : {0x00, 0x01, 0x04, 0x7f, 0xff}) {
      Bytes garbled = whole;
      garbled[place] = static_cast<std::uint8_t>(value);
      const auto *const header = reinterpret_cast<const nlmsghdr *>(garbled.data());
      expressions += readRule(Attributes(header)).expressions.size();
    }
    Bytes shorter(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(place));
    auto *const header = reinterpret_cast<nlmsghdr *>(shorter.data());
    header->nlmsg_len = static_cast<std::uint32_t>(place);
    expressions += readRule(Attributes(header)).expressions.size();
  }
  CHECK(expressions > 0);
}
