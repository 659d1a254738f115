#pragma once

#include "common/bytes.h"
#include "xt/rule.h"

/**
 * A canonical entry is the bytes of a `struct ipt_entry` or `ip6t_entry` with its matches and its
 * target, where everything that does not belong to the rule itself is zero (counters, nfcache,
 * comefrom, what follows a name's NUL) and a standard target goes by its name (kStandardRevision).
 * Equal rules have equal canonical entries, in every table.
 */
namespace portshift::xt {

/** Throws InvalidRule. */
Bytes encodeEntry(Family family, const Rule& rule);

/** Takes any bytes: whatever the fields cannot express sets `other_flags`. */
Rule decodeEntry(Family family, ByteView canonical);

}  // namespace portshift::xt
