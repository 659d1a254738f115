#pragma once

#include <optional>
#include <string_view>

#include "iptables/codec/rule.h"

namespace portshift::xt {

/**
 * The revision of a standard target in a canonical entry; no module has it. Jumps, verdicts and the
 * empty target are all the kernel's standard target, whose data is an offset into the table. In a
 * canonical entry such a target has the name of its chain or verdict instead.
 */
constexpr std::uint8_t kStandardRevision = 0xff;

/**
 * The longest name of a chain. A longer one would not fit into a jump (XT_EXTENSION_MAXNAMELEN).
 */
constexpr std::size_t kLongestChainName = 28;

bool isChainName(std::string_view name);

/** Returns the standard target with that name as an Extension. */
Extension standardTarget(std::string_view name);

/** Returns the verdict ACCEPT, DROP, RETURN or QUEUE. */
std::optional<Verdict> verdictNamed(std::string_view name);
std::string_view verdictName(Verdict verdict);

/** Encodes a target. Throws an InvalidRule. */
Extension encodeTarget(Family family, const Target& target);

/**
 * Decodes a target. `go_to` is the entry's flag IPT_F_GOTO. The target stays an Extension unless
 * one of the known targets encodes to the same data.
 */
Target decodeTarget(Family family, Extension extension, bool go_to);

}  // namespace portshift::xt
