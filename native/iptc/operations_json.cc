#include "iptc/operations_json.h"

#include <string>

#include "common/json_field.h"
#include "xt/entry_codec.h"
#include "xt/invalid_rule.h"
#include "xt/rule_reader.h"
#include "xt/target_codec.h"

namespace portshift::iptc {

namespace {

OperationKind readKind(const JsonField& field) {
  const std::string_view name = field.string();
  if (name == "createChain") return OperationKind::kCreateChain;
  if (name == "deleteChain") return OperationKind::kDeleteChain;
  if (name == "insert") return OperationKind::kInsert;
  if (name == "append") return OperationKind::kAppend;
  if (name == "delete") return OperationKind::kDelete;
  field.fail("'createChain', 'deleteChain', 'insert', 'append' or 'delete'");
}

std::string_view readChain(const JsonField& field) {
  const std::string_view name = field.string();
  if (!xt::isChainName(name)) {
    field.fail("a chain's name of 1 to " + std::to_string(xt::kLongestChainName) + " bytes");
  }
  return name;
}

Bytes readEntry(Family family, const JsonField& field) {
  const xt::Rule rule = xt::readRule(family, field);
  try {
    return xt::encodeEntry(family, rule);
  } catch (const xt::InvalidRule& invalid) {
    field.fail(std::string("a rule that the kernel can hold: ") + invalid.what());
  }
}

void readOperation(Family family, const JsonField& field, OperationBlock& block) {
  const OperationKind kind = readKind(field.property("op"));
  const std::string_view chain = readChain(field.property("chain"));
  if (kind == OperationKind::kCreateChain || kind == OperationKind::kDeleteChain) {
    block.add(kind, chain, {});
  } else {
    block.add(kind, chain, readEntry(family, field.property("rule")));
  }
}

}  // namespace

OperationBlock readOperations(Family family, std::string_view text) {
  const Json json(text);
  OperationBlock block;
  JsonField(json, "operations").forEachElement([family, &block](const JsonField& operation) {
    readOperation(family, operation, block);
  });
  return block;
}

}  // namespace portshift::iptc
