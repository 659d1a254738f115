#include "nftables/ruleset.h"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <utility>

#include "nftables/request.h"
#include "nftables/user_data.h"
#include "util/hash.h"

namespace portshift::nft {

namespace {

// The table's name is attribute 1 of tables, chains, sets, rules and element lists.
TableName tableNameIn(const nlmsghdr *message, const Attributes& attributes) {
  return {familyOf(message), attributes.text(NFTA_TABLE_NAME)};
}

/** Returns the devices of an ingress hook: one in the older form, a list in the newer one. */
std::vector<std::string> devicesOf(const Attributes& hook) {
  std::vector<std::string> devices;
  if (hook.has(NFTA_HOOK_DEV)) devices.push_back(hook.text(NFTA_HOOK_DEV));
  forEachNested(hook.find(NFTA_HOOK_DEVS), [&devices](const nlattr *each) {
    const ByteView name(mnl_attr_get_payload(each), mnl_attr_get_payload_len(each));
    std::string device(name.begin(), std::find(name.begin(), name.end(), 0));
    if (std::find(devices.begin(), devices.end(), device) == devices.end()) {
      devices.push_back(std::move(device));
    }
  });
  return devices;
}

DecodedExpressions expressionsOf(const Attributes& element) {
  const nlattr *const one = element.find(NFTA_SET_ELEM_EXPR);
  if (one != nullptr) return {decodeExpression(one)};
  return decodeExpressions(element.find(NFTA_SET_ELEM_EXPRESSIONS));
}

/** Hashes the attributes that a transaction can change; an element's state is not among them. */
std::uint64_t hashOf(const Attributes& element) {
  return Hash()
      .add(readValue(element, NFTA_SET_ELEM_KEY))
      .add(readValue(element, NFTA_SET_ELEM_KEY_END))
      .add(element.bytes(NFTA_SET_ELEM_FLAGS))
      .add(element.bytes(NFTA_SET_ELEM_DATA))
      .add(element.bytes(NFTA_SET_ELEM_OBJREF))
      .add(element.bytes(NFTA_SET_ELEM_USERDATA))
      .value();
}

}  // namespace

std::size_t Ruleset::store(const nlmsghdr *message) {
  const std::size_t offset = messages_.size();
  const auto *const begin = reinterpret_cast<const std::uint8_t *>(message);
  messages_.insert(messages_.end(), begin, begin + message->nlmsg_len);
  // Messages and attributes are aligned to 4 bytes.
  messages_.resize(offset + MNL_ALIGN(message->nlmsg_len));
  return offset;
}

const nlmsghdr *Ruleset::messageAt(std::size_t offset) const {
  return reinterpret_cast<const nlmsghdr *>(messages_.data() + offset);
}

bool Ruleset::isDormant(const TableName& name) const {
  return std::any_of(tables_.begin(), tables_.end(), [&name](const StoredTable& each) {
    return each.is_dormant && each.name.family == name.family && each.name.table == name.table;
  });
}

void Ruleset::addTable(const nlmsghdr *message) {
  const Attributes attributes(message);
  const Table table = readTable(attributes);
  const TableName name = tableNameIn(message, attributes);
  tables_.push_back({name, (table.flags & NFT_TABLE_F_DORMANT) != 0});
  hash_ = Hash()
              .add(hash_)
              .add(std::uint64_t{name.family})
              .add(name.table)
              .add(std::uint64_t{table.flags})
              .value();
}

void Ruleset::addChain(const nlmsghdr *message) {
  const Attributes attributes(message);
  const TableName name = tableNameIn(message, attributes);
  chains_.push_back({store(message), isDormant(name)});
  // The other attributes of a chain cannot change while its handle stays the same.
  hash_ = Hash()
              .add(hash_)
              .add(name.table)
              .add(attributes.bytes(NFTA_CHAIN_HANDLE))
              .add(attributes.bytes(NFTA_CHAIN_NAME))
              .add(attributes.bytes(NFTA_CHAIN_POLICY))
              .value();
}

void Ruleset::addSet(const nlmsghdr *message) {
  const Attributes attributes(message);
  sets_.push_back({store(message)});
  hash_ = Hash()
              .add(hash_)
              .add(attributes.text(NFTA_SET_TABLE))
              .add(attributes.bytes(NFTA_SET_HANDLE))
              .value();
}

void Ruleset::addRule(const nlmsghdr *message) {
  const Attributes attributes(message);
  rules_.push_back(store(message));
  // A rule that is replaced gets another handle.
  hash_ = Hash()
              .add(hash_)
              .add(attributes.text(NFTA_RULE_TABLE))
              .add(attributes.bytes(NFTA_RULE_HANDLE))
              .value();
}

void Ruleset::addElements(std::size_t set, const nlmsghdr *message) {
  const std::size_t offset = store(message);
  const auto *const stored = messageAt(offset);
  const auto *const begin = reinterpret_cast<const std::uint8_t *>(stored);
  const nlattr *const list = Attributes(stored).find(NFTA_SET_ELEM_LIST_ELEMENTS);
  std::uint64_t sum = 0;
  forEachNested(list, [&](const nlattr *each) {
    const auto at = reinterpret_cast<const std::uint8_t *>(each) - begin;
    elements_.push_back(offset + static_cast<std::size_t>(at));
    ++sets_.at(set).size;
    sum += hashOf(Attributes(each));
  });
  hash_ = Hash().add(hash_).add(std::uint64_t{set}).value() + sum;
}

RulesetChain Ruleset::chain(std::size_t index) const {
  const StoredChain& stored = chains_.at(index);
  const nlmsghdr *const message = messageAt(stored.offset);
  const Attributes attributes(message);
  RulesetChain chain;
  chain.in = tableNameIn(message, attributes);
  chain.handle = attributes.u64(NFTA_CHAIN_HANDLE).value_or(0);
  chain.chain = readChain(attributes);
  chain.devices = devicesOf(attributes.nest(NFTA_CHAIN_HOOK));
  chain.is_dormant = stored.is_dormant;
  return chain;
}

RulesetSet Ruleset::set(std::size_t index) const {
  const StoredSet& stored = sets_.at(index);
  const nlmsghdr *const message = messageAt(stored.offset);
  const Attributes attributes(message);
  return {tableNameIn(message, attributes), attributes.u64(NFTA_SET_HANDLE).value_or(0),
          readSet(attributes), stored.size};
}

RulesetRule Ruleset::rule(std::size_t index) const {
  const nlmsghdr *const message = messageAt(rules_.at(index));
  const Attributes attributes(message);
  return {tableNameIn(message, attributes), attributes.text(NFTA_RULE_CHAIN),
          attributes.u64(NFTA_RULE_HANDLE).value_or(0),
          decodeExpressions(attributes.find(NFTA_RULE_EXPRESSIONS)),
          decodeComment(attributes.bytes(NFTA_RULE_USERDATA))};
}

RulesetItem Ruleset::at(std::size_t index) const {
  if (index < chains_.size()) return chain(index);
  index -= chains_.size();
  if (index < sets_.size()) return set(index);
  return rule(index - sets_.size());
}

RulesetElement Ruleset::element(std::size_t index) const {
  const Attributes attributes(
      reinterpret_cast<const nlattr *>(messages_.data() + elements_.at(index)));
  const std::uint32_t flags = attributes.u32(NFTA_SET_ELEM_FLAGS).value_or(0);
  RulesetElement element;
  element.key = readValue(attributes, NFTA_SET_ELEM_KEY);
  element.key_end = readValue(attributes, NFTA_SET_ELEM_KEY_END);
  element.ends_range = (flags & NFT_SET_ELEM_INTERVAL_END) != 0;
  element.is_catch_all = (flags & NFT_SET_ELEM_CATCHALL) != 0;
  element.data = readValue(attributes, NFTA_SET_ELEM_DATA);
  element.verdict = decodeVerdict(attributes.nest(NFTA_SET_ELEM_DATA).find(NFTA_DATA_VERDICT));
  element.object = attributes.text(NFTA_SET_ELEM_OBJREF);
  element.expressions = expressionsOf(attributes);
  element.comment = decodeComment(attributes.bytes(NFTA_SET_ELEM_USERDATA));
  element.expires = attributes.u64(NFTA_SET_ELEM_EXPIRATION);
  return element;
}

}  // namespace portshift::nft
