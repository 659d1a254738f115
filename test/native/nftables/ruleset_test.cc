#include "nftables/ruleset.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <string>

#include "check.h"
#include "nftables/element.h"
#include "nftables/message.h"

using namespace portshift;       // NOLINT(google-build-using-namespace)
using namespace portshift::nft;  // NOLINT(google-build-using-namespace)

namespace {

const nlmsghdr *headerOf(const Message& message) {
  return reinterpret_cast<const nlmsghdr *>(message.bytes().data());
}

Message newMessage(std::uint16_t type, const char *table) {
  Message message(messageType(type), 0, NFPROTO_IPV6);
  message.put(NFTA_TABLE_NAME, std::string(table));
  return message;
}

void addTable(Ruleset& ruleset, const char *table, std::uint32_t flags) {
  Message message = newMessage(NFT_MSG_NEWTABLE, table);
  ruleset.addTable(headerOf(message.put(NFTA_TABLE_FLAGS, flags)));
}

void addChain(Ruleset& ruleset, const char *table, std::uint32_t policy) {
  Message message = newMessage(NFT_MSG_NEWCHAIN, table);
  putChain(message, {"in", "filter", NF_INET_LOCAL_IN, -5, policy});
  ruleset.addChain(headerOf(message.put(NFTA_CHAIN_HANDLE, std::uint64_t{3})));
}

void addRule(Ruleset& ruleset, std::uint64_t handle) {
  Message message = newMessage(NFT_MSG_NEWRULE, "awake");
  putRule(message, {"in", 0, {Verdict{NF_DROP, {}}}, "why"});
  ruleset.addRule(headerOf(message.put(NFTA_RULE_HANDLE, handle)));
}

Element elementOf(std::uint8_t key, std::uint8_t data) {
  Element element;
  element.key = {0, key};
  element.data = {data};
  return element;
}

void addElements(Ruleset& ruleset, std::size_t set, const std::vector<Element>& elements) {
  Message message = newMessage(NFT_MSG_NEWSETELEM, "awake");
  {
    const Message::Nest list(message, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (const Element& element : elements) putElement(message, element, true);
  }
  ruleset.addElements(set, headerOf(message));
}

Ruleset someRuleset(std::uint32_t policy = NF_DROP, std::uint64_t handle = 4,
                    std::uint8_t data = 7) {
  Ruleset ruleset;
  addTable(ruleset, "awake", 0);
  addTable(ruleset, "asleep", NFT_TABLE_F_DORMANT);
  addChain(ruleset, "awake", policy);
  addChain(ruleset, "asleep", NF_ACCEPT);
  for (const char *const name : {"first", "second"}) {
    Message message = newMessage(NFT_MSG_NEWSET, "awake");
    Set set;
    set.name = name;
    set.key_length = 2;
    putSet(message, set, 1);
    ruleset.addSet(headerOf(message));
  }
  addRule(ruleset, handle);
  addElements(ruleset, 0, {elementOf(1, data), elementOf(2, data)});
  addElements(ruleset, 0, {elementOf(3, data)});
  addElements(ruleset, 1, {elementOf(4, data)});
  return ruleset;
}

}  // namespace

TEST("nftables/ruleset", "gives back what was added to it") {
  const Ruleset ruleset = someRuleset();
  CHECK_EQUAL(ruleset.size(), 5U);
  const auto chain = std::get<RulesetChain>(ruleset.at(0));
  CHECK_EQUAL(int{chain.in.family}, int{NFPROTO_IPV6});
  CHECK_EQUAL(chain.in.table, "awake");
  CHECK_EQUAL(chain.chain.priority, -5);
  CHECK_EQUAL(chain.handle, 3U);
  CHECK(!chain.is_dormant);
  CHECK(std::get<RulesetChain>(ruleset.at(1)).is_dormant);
  CHECK_EQUAL(std::get<RulesetSet>(ruleset.at(2)).size, 3U);
  CHECK_EQUAL(std::get<RulesetSet>(ruleset.at(3)).size, 1U);
  const auto rule = std::get<RulesetRule>(ruleset.at(4));
  CHECK_EQUAL(rule.handle, 4U);
  CHECK_EQUAL(rule.comment, "why");
  CHECK_EQUAL(rule.expressions.size(), 1U);
}

TEST("nftables/ruleset", "gives elements set by set, whatever messages they came in") {
  const Ruleset ruleset = someRuleset();
  CHECK_EQUAL(ruleset.elements(), 4U);
  for (std::size_t i = 0; i < ruleset.elements(); ++i) {
    CHECK_EQUAL(int{ruleset.element(i).key.at(1)}, static_cast<int>(i) + 1);
    CHECK_EQUAL(int{ruleset.element(i).data.at(0)}, 7);
    CHECK(!ruleset.element(i).verdict);
  }
}

TEST("nftables/ruleset", "is equal as long as no transaction has changed anything") {
  CHECK(someRuleset().equals(someRuleset()));
  CHECK(!someRuleset().equals(someRuleset(NF_ACCEPT)));
  CHECK(!someRuleset().equals(someRuleset(NF_DROP, 5)));
  CHECK(!someRuleset().equals(someRuleset(NF_DROP, 4, 8)));
  CHECK(!someRuleset().equals(Ruleset()));
}
