// What nf_tables answers and announces: netlink messages as recvmsg(2) gives them.
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "fuzz/input.h"
#include "nftables/decoded_expression.h"
#include "nftables/element.h"
#include "nftables/expression_decoder.h"
#include "nftables/expression_encoder.h"
#include "nftables/kernel_answer.h"
#include "nftables/objects.h"
#include "nftables/user_data.h"
#include "util/error.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

namespace {

nft::Message ruleMessage(const nft::Rule& rule) {
  nft::Message message(nft::messageType(NFT_MSG_NEWRULE), 0, 1);
  nft::putRule(message, rule);
  return message;
}

nft::Rule readBack(const nft::Message& message) {
  // Aligned, and no longer than the message.
  const Bytes bytes(message.bytes().begin(), message.bytes().end());
  return nft::readRule(nft::Attributes(reinterpret_cast<const nlmsghdr *>(bytes.data())));
}

/** What was read can be written, and is then read as the same. */
void checkRule(const nft::Rule& rule) {
  try {
    const nft::Message written = ruleMessage(rule);
    const nft::Message again = ruleMessage(readBack(written));
    fuzz::require(written.bytes() == again.bytes());
  } catch (const Error&) {
    // An expression that portshift does not know, or more than a message holds.
  }
}

void readElements(const nft::Attributes& attributes) {
  nft::forEachNested(attributes.find(NFTA_SET_ELEM_LIST_ELEMENTS), [](const nlattr *each) {
    const nft::Element element = nft::readElement(nft::Attributes(each));
    fuzz::require(nft::hashElement("set", element) == nft::hashElement("set", element));
  });
}

void readMessage(const nlmsghdr *header) {
  if (header->nlmsg_type == NLMSG_ERROR) {
    fuzz::require(nft::readAnswer(header).code >= 0);
    return;
  }
  const nft::Attributes attributes(header);
  nft::readTable(attributes);
  nft::readChain(attributes);
  nft::readSet(attributes);
  readElements(attributes);
  checkRule(nft::readRule(attributes));
  for (const auto& expression : nft::decodeExpressions(attributes.find(NFTA_RULE_EXPRESSIONS))) {
    fuzz::require(expression.kind != nullptr);
  }
  nft::decodeComment(attributes.bytes(NFTA_RULE_USERDATA));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const Bytes received = input.take(size);
  nft::forEachMessage(received, readMessage);
  nft::decodeComment(received);
  return 0;
}
