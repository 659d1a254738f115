#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "nft/attributes.h"

namespace portshift::nft {

struct DecodedExpression;
using DecodedExpressions = std::vector<DecodedExpression>;

/** A property of an expression, under its name in lib/plan/nft-ruleset-expression.ts. */
struct DecodedField {
  /** A double holds every number that JavaScript can; text and bytes are told apart. */
  using Value = std::variant<bool, double, std::string, Bytes, DecodedExpressions>;

  const char *name = "";
  Value value;
};

/**
 * An expression of anybody's rule, to be looked at and never written. Its kind is `unknown`, with
 * the kernel's name as its only field, unless all of it was decoded.
 */
struct DecodedExpression {
  const char *kind = "unknown";
  std::vector<DecodedField> fields;
};

/** A list of expressions: NFTA_RULE_EXPRESSIONS and the like; null has none. */
DecodedExpressions decodeExpressions(const nlattr *list);

/** One expression: NFTA_SET_ELEM_EXPR and the like. */
DecodedExpression decodeExpression(const nlattr *expression);

struct DecodedVerdict {
  const char *name = "";
  /** Of a jump or goto; else empty. */
  std::string chain;
};

/** An nft_verdict_attributes. Nothing for one that is not known. */
std::optional<DecodedVerdict> decodeVerdict(const nlattr *verdict);

}  // namespace portshift::nft
