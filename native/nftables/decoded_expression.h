#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nftables/attributes.h"
#include "util/bytes.h"

namespace portshift::nft {

struct DecodedExpression;
using DecodedExpressions = std::vector<DecodedExpression>;

/** A property of an expression, under its name in lib/backends/nft/ruleset-expression.ts. */
struct DecodedField {
  /** Numbers are doubles, as in JavaScript; text and bytes are different types. */
  using Value = std::variant<bool, double, std::string, Bytes, DecodedExpressions>;

  const char *name = "";
  Value value;
};

/**
 * An expression of any rule, decoded for reading only. Its kind is `unknown`, with the kernel's
 * name as its only field, unless it was decoded completely.
 */
struct DecodedExpression {
  const char *kind = "unknown";
  std::vector<DecodedField> fields;
};

/** Decodes a list of expressions: NFTA_RULE_EXPRESSIONS and the like. A null pointer has none. */
DecodedExpressions decodeExpressions(const nlattr *list);

/** Decodes one expression: NFTA_SET_ELEM_EXPR and the like. */
DecodedExpression decodeExpression(const nlattr *expression);

struct DecodedVerdict {
  const char *name = "";
  /** The target chain of a jump or goto; empty for other verdicts. */
  std::string chain;
};

/** Decodes an nft_verdict_attributes. Returns nothing for an unknown verdict. */
std::optional<DecodedVerdict> decodeVerdict(const nlattr *verdict);

}  // namespace portshift::nft
