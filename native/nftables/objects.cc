#include "nftables/objects.h"

#include <linux/netfilter/nf_tables.h>

#include "nftables/expression_decoder.h"
#include "nftables/expression_encoder.h"
#include "nftables/user_data.h"

namespace portshift::nft {

namespace {

void putFields(Message& message, const Set& set) {
  const Message::Nest description(message, NFTA_SET_DESC);
  const Message::Nest list(message, NFTA_SET_DESC_CONCAT);
  for (const std::uint32_t length : set.fields) {
    const Message::Nest field(message, NFTA_LIST_ELEM);
    message.put(NFTA_SET_FIELD_LEN, length);
  }
}

bool countsLookups(const Attributes& set) {
  return set.nest(NFTA_SET_EXPR).text(NFTA_EXPR_NAME) == "counter";
}

}  // namespace

void putChain(Message& message, const Chain& chain) {
  message.put(NFTA_CHAIN_NAME, chain.name);
  if (!chain.hook) return;
  {
    const Message::Nest hook(message, NFTA_CHAIN_HOOK);
    message.put(NFTA_HOOK_HOOKNUM, *chain.hook)
        .put(NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(chain.priority));
  }
  message.put(NFTA_CHAIN_POLICY, chain.policy).put(NFTA_CHAIN_TYPE, chain.type);
}

void putSet(Message& message, const Set& set, std::uint32_t id) {
  message.put(NFTA_SET_NAME, set.name)
      .put(NFTA_SET_FLAGS, set.flags)
      .put(NFTA_SET_KEY_TYPE, set.key_type)
      .put(NFTA_SET_KEY_LEN, set.key_length);
  if (set.data_length != 0) {
    message.put(NFTA_SET_DATA_TYPE, set.data_type).put(NFTA_SET_DATA_LEN, set.data_length);
  }
  message.put(NFTA_SET_ID, id);
  if (!set.fields.empty()) putFields(message, set);
  if (!set.user_data.empty()) message.put(NFTA_SET_USERDATA, set.user_data);
  if (!set.counter) return;
  const Message::Nest expression(message, NFTA_SET_EXPR);
  message.put(NFTA_EXPR_NAME, std::string("counter"));
  const Message::Nest data(message, NFTA_EXPR_DATA);
}

void putRule(Message& message, const Rule& rule) {
  message.put(NFTA_RULE_CHAIN, rule.chain);
  {
    const Message::Nest list(message, NFTA_RULE_EXPRESSIONS);
    for (const Expression& expression : rule.expressions) putExpression(message, expression);
  }
  if (!rule.comment.empty()) message.put(NFTA_RULE_USERDATA, encodeComment(rule.comment));
}

Table readTable(const Attributes& attributes) {
  return {attributes.u32(NFTA_TABLE_FLAGS).value_or(0), attributes.u32(NFTA_TABLE_OWNER),
          attributes.u32(NFTA_TABLE_USE).value_or(0)};
}

Chain readChain(const Attributes& attributes) {
  Chain chain;
  chain.name = attributes.text(NFTA_CHAIN_NAME);
  chain.type = attributes.text(NFTA_CHAIN_TYPE);
  const Attributes hook = attributes.nest(NFTA_CHAIN_HOOK);
  chain.hook = hook.u32(NFTA_HOOK_HOOKNUM);
  chain.priority = static_cast<std::int32_t>(hook.u32(NFTA_HOOK_PRIORITY).value_or(0));
  chain.policy = attributes.u32(NFTA_CHAIN_POLICY).value_or(1);
  return chain;
}

Set readSet(const Attributes& attributes) {
  Set set;
  set.name = attributes.text(NFTA_SET_NAME);
  set.flags = attributes.u32(NFTA_SET_FLAGS).value_or(0);
  set.key_type = attributes.u32(NFTA_SET_KEY_TYPE).value_or(0);
  set.key_length = attributes.u32(NFTA_SET_KEY_LEN).value_or(0);
  set.data_type = attributes.u32(NFTA_SET_DATA_TYPE).value_or(0);
  set.data_length = attributes.u32(NFTA_SET_DATA_LEN).value_or(0);
  set.counter = countsLookups(attributes);
  return set;
}

Rule readRule(const Attributes& attributes) {
  return {attributes.text(NFTA_RULE_CHAIN), attributes.u64(NFTA_RULE_HANDLE).value_or(0),
          readExpressions(attributes.find(NFTA_RULE_EXPRESSIONS)),
          decodeComment(attributes.bytes(NFTA_RULE_USERDATA))};
}

}  // namespace portshift::nft
