#pragma once

#include <string_view>

#include "iptables/codec/rule.h"
#include "util/bytes.h"

namespace portshift::xt {

/**
 * Returns the size of the first entry in `entry` according to its header, or 0 if `entry` is too
 * short for a header.
 */
std::size_t entrySize(Family family, ByteView entry);

Counters entryCounters(Family family, ByteView entry);

/**
 * Returns the canonical form of an entry from the kernel or libiptc. `standard_name` is the verdict
 * or chain of its standard target, and nullopt if the target is a module's.
 */
Bytes canonicalEntry(Family family, ByteView entry, std::optional<std::string_view> standard_name);

/** Writes the canonical form into `into`, replacing its content, so that its memory is reused. */
void writeCanonicalEntry(Family family, ByteView entry,
                         std::optional<std::string_view> standard_name, Bytes& into);

/** Returns the inverse of canonicalEntry(): an entry that libiptc accepts, with these counters. */
Bytes installableEntry(Family family, ByteView canonical, Counters counters);

/** Writes the installable entry into `into`, replacing its content. */
void writeInstallableEntry(Family family, ByteView canonical, Counters counters, Bytes& into);

}  // namespace portshift::xt
