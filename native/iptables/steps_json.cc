#include "iptables/steps_json.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "iptables/codec/entry_codec.h"
#include "iptables/codec/invalid_rule.h"
#include "iptables/codec/rule_pattern.h"
#include "iptables/codec/rule_reader.h"
#include "iptables/codec/target_codec.h"
#include "util/json_field.h"

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

[[noreturn]] void failInvalid(const JsonField& rule, const xt::InvalidRule& invalid) {
  rule.fail(std::string("a rule that the kernel can hold: ") + invalid.what());
}

Bytes readEntry(Family family, const JsonField& field) {
  const xt::Rule rule = xt::readRule(family, field);
  try {
    return xt::encodeEntry(family, rule);
  } catch (const xt::InvalidRule& invalid) {
    failInvalid(field, invalid);
  }
}

/** Reads the templates of the rules in a step. */
std::vector<xt::RulePattern> readPatterns(Family family, const JsonField& field) {
  std::vector<xt::RulePattern> patterns;
  if (field.isAbsent()) return patterns;
  field.forEachElement([family, &patterns](const JsonField& like) {
    const xt::Rule rule = xt::readRule(family, like);
    try {
      patterns.emplace_back(family, rule);
    } catch (const xt::InvalidRule& invalid) {
      failInvalid(like, invalid);
    }
  });
  return patterns;
}

ByteView readAlike(const JsonField& operation, const JsonField& like,
                   std::vector<xt::RulePattern>& patterns) {
  const std::size_t index = like.integer();
  if (index >= patterns.size()) like.fail("the number of a rule in `alike`");
  const JsonField ports = operation.property("ports");
  const JsonField comment = operation.property("comment");
  const JsonField port = operation.property("port");
  try {
    return patterns[index].entryFor({xt::readPorts(ports), comment.string(),
                                     port.isAbsent() ? std::nullopt : std::optional(port.port())});
  } catch (const xt::InvalidRule& invalid) {
    failInvalid(operation, invalid);
  }
}

void readOperation(Family family, const JsonField& field, std::vector<xt::RulePattern>& patterns,
                   OperationBlock& block) {
  const OperationKind kind = readKind(field.property("op"));
  const std::string_view chain = readChain(field.property("chain"));
  if (kind == OperationKind::kCreateChain || kind == OperationKind::kDeleteChain) {
    return block.add(kind, chain, {});
  }
  const JsonField like = field.property("like");
  if (like.isAbsent()) return block.add(kind, chain, readEntry(family, field.property("rule")));
  block.add(kind, chain, readAlike(field, like, patterns));
}

OperationBlock readOperations(Family family, const JsonField& step) {
  OperationBlock block;
  auto patterns = readPatterns(family, step.property("alike"));
  const JsonField operations = step.property("operations");
  operations.forEachElement(
      [&](const JsonField& operation) { readOperation(family, operation, patterns, block); });
  return block;
}

TableId readTable(const JsonField& field) {
  const JsonField family = field.property("family");
  const JsonField table = field.property("table");
  const auto known_family = familyNamed(family.string());
  const auto known_table = tableNamed(table.string());
  if (!known_family) family.fail(kFamilyNames);
  if (!known_table) table.fail(kTableNames);
  return {*known_family, *known_table};
}

void readStep(const JsonField& field, Change& change) {
  const TableId table = readTable(field);
  const JsonField expect = field.property("expect");
  if (!expect.isAbsent()) {
    change.steps.push_back({table, std::string(expect.string()), {}});
  } else if (change.steps.empty() || !(change.steps.back().table == table)) {
    expect.fail("a string, as this does not go on with the table before it");
  }
  OperationBlock block = readOperations(table.family, field);
  if (block.size() > 0) change.steps.back().blocks.push_back(std::move(block));
}

}  // namespace

void readSteps(std::string_view text, Change& change) {
  const Json json(text);
  JsonField(json, "steps").forEachElement([&change](const JsonField& step) {
    readStep(step, change);
  });
}

}  // namespace portshift::iptc
