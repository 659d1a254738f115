#pragma once

#include <cstdint>
#include <string_view>

#include "nftables/decoded_expression.h"

namespace portshift::nft {

/** A number of the kernel and its name. A flag whose name is null is not reported. */
struct NumberName {
  std::uint32_t number;
  const char *name;
};

/** A view of names that live as long as the program. */
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

/** The type of an attribute and its decoded form. Numbers have network byte order on the wire. */
enum class AttributeKind : std::uint8_t {
  kU8,
  kU16,
  kU32,
  kU64,
  /** A number that is decoded to its name. */
  kName8,
  kName32,
  /** A bit mask: each bit that is set becomes a field of its own name, with the value true. */
  kFlags,
  /** A bit mask: the names of the bits that are set become one text, joined by " . ". */
  kFlagNames,
  kBoolean32,
  kText,
  kBytes,
  /** An nft_data_attributes with plain bytes. */
  kValue,
  /** An nft_data_attributes with a value or a verdict. */
  kValueOrVerdict,
  kExpression,
  kExpressions,
  /** An attribute that is irrelevant to readers and is skipped. */
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

/** The description by which an expression is decoded. */
struct ExpressionSchema {
  /** The kernel's name, which is also the decoded name. */
  const char *name;
  const AttributeSchema *begin;
  const AttributeSchema *end;
  /** Converts the decoded fields to their final form. Returns false if they do not fit together. */
  bool (*finish)(DecodedExpression& expression);
};

/** Returns null for an unknown expression. */
const ExpressionSchema *schemaOf(std::string_view name);

/** Returns the names of verdicts by their numbers as unsigned 32-bit integers. */
NumberNames verdictNames();

}  // namespace portshift::nft
