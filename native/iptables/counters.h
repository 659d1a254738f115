#pragma once

#include "iptables/table.h"

namespace portshift::iptc {

/**
 * Adds the counters of `before` to `now`, a table with the same rules that was replaced and counts
 * from zero. Chains that are missing in one of the tables, or have another number of rules, are
 * skipped. Returns false, and changes nothing, if no counter is lower than before.
 */
bool restoreCounters(const Table& before, Table& now);

}  // namespace portshift::iptc
