#pragma once

#include <string_view>

#include "common/bytes.h"
#include "xt/rule.h"

namespace portshift::xt {

/** The size of the entry that begins here, by its own account; 0 where `entry` is too short to hold
 * one. */
std::size_t entrySize(Family family, ByteView entry);

Counters entryCounters(Family family, ByteView entry);

/**
 * The canonical form of an entry as the kernel or libiptc hands it out. `standard_name` is what its
 * standard target stands for, and nullopt where the target is a module's.
 */
Bytes canonicalEntry(Family family, ByteView entry, std::optional<std::string_view> standard_name);

/** The same in place of what `into` has, which is not to be allocated again and again. */
void writeCanonicalEntry(Family family, ByteView entry,
                         std::optional<std::string_view> standard_name, Bytes& into);

/** The other way round: what libiptc takes, with these counters. */
Bytes installableEntry(Family family, ByteView canonical, Counters counters);

/** The same in place of what `into` has. */
void writeInstallableEntry(Family family, ByteView canonical, Counters counters, Bytes& into);

}  // namespace portshift::xt
