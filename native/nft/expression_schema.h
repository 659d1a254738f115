#pragma once

#include <cstdint>
#include <string_view>

#include "nft/decoded_expression.h"

namespace portshift::nft {

/** A number of the kernel and its name; a flag with no name says nothing. */
struct NumberName {
  std::uint32_t number;
  const char *name;
};

/** Names that live as long as the program. */
class NumberNames {
 public:
  constexpr NumberNames() = default;
  template <std::size_t kSize>
  constexpr NumberNames(const NumberName (&names)[kSize])  // NOLINT(google-explicit-constructor)
      : begin_(names), end_(names + kSize) {}

  const NumberName *begin() const { return begin_; }
  const NumberName *end() const { return end_; }

 private:
  const NumberName *begin_ = nullptr;
  const NumberName *end_ = nullptr;
};

/** What an attribute holds, and what becomes of it. Numbers have network byte order. */
enum class AttributeKind : std::uint8_t {
  kU8,
  kU16,
  kU32,
  kU64,
  /** A number, and its name. */
  kName8,
  kName32,
  /** Bits: each that is set is a field of its own name, true. */
  kFlags,
  /** Bits: the names of those that are set, joined by " . ". */
  kFlagNames,
  kBoolean32,
  kText,
  kBytes,
  /** An nft_data_attributes of plain bytes. */
  kValue,
  /** An nft_data_attributes: a value or a verdict. */
  kValueOrVerdict,
  kExpression,
  kExpressions,
  /** Nothing that matters to who reads. */
  kIgnored,
};

enum class Presence : std::uint8_t { kRequired, kOptional, kUnlessZero };

struct AttributeSchema {
  std::uint16_t type = 0;
  AttributeKind kind = AttributeKind::kIgnored;
  const char *name = "";
  Presence presence = Presence::kRequired;
  NumberNames names = {};
};

/** What an expression is decoded by. */
struct ExpressionSchema {
  /** Its name to the kernel and to everybody else. */
  const char *name;
  const AttributeSchema *begin;
  const AttributeSchema *end;
  /** Puts what was decoded into its final form; false where the parts do not fit together. */
  bool (*finish)(DecodedExpression& expression);
};

/** Null for one that is not known. */
const ExpressionSchema *schemaOf(std::string_view name);

/** The names of verdicts, by their numbers as those of 32 bits without a sign. */
NumberNames verdictNames();

}  // namespace portshift::nft
