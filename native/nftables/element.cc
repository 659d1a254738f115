#include "nftables/element.h"

#include <linux/netfilter/nf_tables.h>

#include "nftables/user_data.h"
#include "util/hash.h"

namespace portshift::nft {

namespace {

std::optional<Counters> readCounters(const Attributes& element) {
  const Attributes expression = element.nest(NFTA_SET_ELEM_EXPR);
  if (expression.text(NFTA_EXPR_NAME) != "counter") return {};
  const Attributes counter = expression.nest(NFTA_EXPR_DATA);
  return Counters{counter.u64(NFTA_COUNTER_PACKETS).value_or(0),
                  counter.u64(NFTA_COUNTER_BYTES).value_or(0)};
}

Bytes userDataOf(const Element& element) {
  Bytes user_data;
  if (!element.comment.empty()) user_data = encodeComment(element.comment);
  if (!element.is_open_ended) return user_data;
  const Bytes open_end = encodeOpenEnd();
  user_data.insert(user_data.end(), open_end.begin(), open_end.end());
  return user_data;
}

}  // namespace

void putElement(Message& message, const Element& element, bool whole) {
  const Message::Nest nest(message, NFTA_LIST_ELEM);
  if (element.ends_range) {
    message.put(NFTA_SET_ELEM_FLAGS, std::uint32_t{NFT_SET_ELEM_INTERVAL_END});
  }
  putValue(message, NFTA_SET_ELEM_KEY, element.key);
  if (!element.key_end.empty()) putValue(message, NFTA_SET_ELEM_KEY_END, element.key_end);
  if (!whole) return;
  if (!element.data.empty()) putValue(message, NFTA_SET_ELEM_DATA, element.data);
  const Bytes user_data = userDataOf(element);
  if (!user_data.empty()) message.put(NFTA_SET_ELEM_USERDATA, user_data);
}

Element readElement(const Attributes& attributes) {
  Element element;
  element.key = readValue(attributes, NFTA_SET_ELEM_KEY);
  element.key_end = readValue(attributes, NFTA_SET_ELEM_KEY_END);
  element.ends_range =
      (attributes.u32(NFTA_SET_ELEM_FLAGS).value_or(0) & NFT_SET_ELEM_INTERVAL_END) != 0;
  element.data = readValue(attributes, NFTA_SET_ELEM_DATA);
  element.comment = decodeComment(attributes.bytes(NFTA_SET_ELEM_USERDATA));
  element.counters = readCounters(attributes);
  return element;
}

std::uint64_t hashElement(const std::string& set, const Element& element) {
  return Hash()
      .add(set)
      .add(element.key)
      .add(element.key_end)
      .add(std::uint64_t{element.ends_range ? 1U : 0U})
      .add(element.data)
      .add(element.comment)
      .value();
}

}  // namespace portshift::nft
