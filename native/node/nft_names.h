#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/js_field.h"

namespace portshift::addon {

/**
 * The kinds of names that lib/backends/nft/expression.ts and lib/backends/nft/operation.ts use for
 * the kernel's numbers.
 */
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

/** Returns the number of a name, or nothing if there is no such name. */
std::optional<std::uint32_t> numberOf(NameKind kind, std::string_view name);

/** Returns the name of a number, or the number in decimal if it has no name. */
std::string nameOf(NameKind kind, std::uint32_t number);

/** Returns all names of a kind, for error messages: "'eq' or 'neq'". */
std::string namesOf(NameKind kind);

/**
 * Reads the name of a chain, a set or a map. Throws a Napi::TypeError if the kernel would reject
 * it.
 */
std::string readObjectName(const JsField& field);

}  // namespace portshift::addon
