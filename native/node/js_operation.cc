#include "node/js_operation.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <limits>
#include <string>
#include <utility>

#include "nftables/user_data.h"
#include "node/js_expression.h"
#include "node/js_hex.h"
#include "node/nft_names.h"

namespace portshift::addon {

namespace {

/** The value of Number.MAX_SAFE_INTEGER. */
constexpr std::int64_t kGreatestHandle = (std::int64_t{1} << 53) - 1;

std::string readComment(const JsField& field) {
  if (field.isAbsent()) return {};
  std::string comment = field.string();
  const bool carries =
      comment.size() <= nft::kLongestComment && comment.find('\0') == std::string::npos;
  if (!carries) field.fail("a comment of at most 128 bytes");
  return comment;
}

std::uint32_t readOptionalInteger(const JsField& field) {
  return field.isAbsent() ? 0 : field.integer();
}

nft::NewTable readTable(const JsField& field) {
  return {field.property("owner").boolean() ? std::uint32_t{NFT_TABLE_F_OWNER} : 0,
          !field.property("exists").optionalBoolean()};
}

nft::Chain readChain(const JsField& field) {
  nft::Chain chain;
  chain.name = readObjectName(field.property("chain"));
  const JsField hook = field.property("hook");
  if (hook.isAbsent()) return chain;
  chain.type = field.property("type").string();
  chain.hook = numberOf(NameKind::kHook, hook.string());
  if (!chain.hook) hook.fail(namesOf(NameKind::kHook));
  chain.priority =
      static_cast<std::int32_t>(field.property("priority")
                                    .signedInteger(std::numeric_limits<std::int32_t>::min(),
                                                   std::numeric_limits<std::int32_t>::max()));
  chain.policy = NF_ACCEPT;
  return chain;
}

std::vector<std::uint32_t> readFields(const JsField& field) {
  std::vector<std::uint32_t> lengths;
  if (field.isAbsent()) return lengths;
  const std::uint32_t count = field.arrayLength();
  for (std::uint32_t i = 0; i < count; ++i) lengths.push_back(field.element(i).integer(1, 64));
  return lengths;
}

nft::Set readSet(const JsField& field) {
  nft::Set set;
  set.name = readObjectName(field.property("set"));
  set.key_type = field.property("keyType").integer();
  set.key_length = field.property("keyLength").integer(1, 64);
  set.data_type = readOptionalInteger(field.property("dataType"));
  set.data_length = readOptionalInteger(field.property("dataLength"));
  set.fields = readFields(field.property("fields"));
  set.counter = field.property("counter").boolean();
  set.user_data = readOptionalHex(field.property("userData"));
  if (set.data_length != 0) set.flags |= NFT_SET_MAP;
  if (field.property("interval").boolean()) set.flags |= NFT_SET_INTERVAL;
  if (!set.fields.empty()) set.flags |= NFT_SET_CONCAT;
  return set;
}

nft::NewRule readRule(const JsField& field) {
  nft::NewRule operation;
  operation.rule.chain = readObjectName(field.property("chain"));
  operation.rule.expressions = readExpressions(field.property("expressions"));
  operation.rule.comment = readComment(field.property("comment"));
  const JsField position = field.property("position");
  const std::string where = position.string();
  if (where != "first" && where != "last") position.fail("'first' or 'last'");
  operation.first = where == "first";
  return operation;
}

nft::DeleteRule readRuleToDelete(const JsField& field) {
  return {readObjectName(field.property("chain")),
          static_cast<std::uint64_t>(field.property("handle").signedInteger(1, kGreatestHandle))};
}

}  // namespace

nft::Operation readOperation(const JsField& field) {
  const JsField op = field.property("op");
  const std::string name = op.string();
  if (name == "newTable") return readTable(field);
  if (name == "deleteTable") return nft::DeleteTable{};
  if (name == "newChain") return nft::NewChain{readChain(field)};
  if (name == "deleteChain") return nft::DeleteChain{readObjectName(field.property("chain"))};
  if (name == "newSet") return nft::NewSet{readSet(field)};
  if (name == "deleteSet") return nft::DeleteSet{readObjectName(field.property("set"))};
  if (name == "newRule") return readRule(field);
  if (name == "deleteRule") return readRuleToDelete(field);
  op.fail("the name of an operation");
}

}  // namespace portshift::addon
