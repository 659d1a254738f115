#pragma once

#include "iptables/codec/rule.h"
#include "util/bytes.h"

/**
 * A canonical entry consists of the bytes of a `struct ipt_entry` or `ip6t_entry` with its matches
 * and its target, in which everything that does not belong to the rule itself is zero (counters,
 * nfcache, comefrom, the bytes after a name's NUL) and a standard target is identified by its name
 * (kStandardRevision). Equal rules have equal canonical entries, in every table.
 */
namespace portshift::xt {

/** Encodes a rule as a canonical entry. Throws an InvalidRule. */
Bytes encodeEntry(Family family, const Rule& rule);

/**
 * Decodes a canonical entry of any content. Sets `other_flags` if the fields cannot express all of
 * it.
 */
Rule decodeEntry(Family family, ByteView canonical);

}  // namespace portshift::xt
