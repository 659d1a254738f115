#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "addon/js_field.h"

namespace portshift::addon {

/** Kinds of names that lib/plan/nft-expression.ts and lib/plan/nft-operation.ts have for the
 * kernel's numbers. */
enum class NameKind : std::uint8_t {
  kMetaKey,
  kCmpOp,
  kPayloadBase,
  kCtKey,
  kCtDirection,
  kFibFlags,
  kFibResult,
  kNatType,
  kNatFamily,
  kVerdict,
  kSocketKey,
  kHook,
};

/** The number of a name; nothing where there is no such name. */
std::optional<std::uint32_t> numberOf(NameKind kind, std::string_view name);

/** The name of a number, or the number itself in decimal where it has none. */
std::string nameOf(NameKind kind, std::uint32_t number);

/** All names of a kind, for messages: "'eq' or 'neq'". */
std::string namesOf(NameKind kind);

/** The name of a chain, a set or a map. Throws a Napi::TypeError where the kernel would not take
 * it.
 */
std::string readObjectName(const JsField& field);

}  // namespace portshift::addon
