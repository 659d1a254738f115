#pragma once

#include <optional>
#include <string_view>

#include "xt/rule.h"

namespace portshift::xt {

/**
 * Jumps, verdicts and the empty target are all the kernel's standard target, whose data is an
 * offset into the table. Here such a target has the name of its chain or verdict instead and this
 * revision, which no module has.
 */
constexpr std::uint8_t kStandardRevision = 0xff;

/** A longer one would not fit into a jump (XT_EXTENSION_MAXNAMELEN). */
constexpr std::size_t kLongestChainName = 28;

bool isChainName(std::string_view name);

/** An Extension of the standard target that goes by this name. */
Extension standardTarget(std::string_view name);

/** ACCEPT, DROP, RETURN, QUEUE. */
std::optional<Verdict> verdictNamed(std::string_view name);
std::string_view verdictName(Verdict verdict);

/** Throws InvalidRule. */
Extension encodeTarget(Family family, const Target& target);

/** `go_to` is the entry's flag: IPT_F_GOTO. What none of the known targets encodes to stays an
 * Extension. */
Target decodeTarget(Family family, Extension extension, bool go_to);

}  // namespace portshift::xt
