#pragma once

#include "iptc/table.h"

namespace portshift::iptc {

/**
 * Gives a table that was replaced, and counts from zero, what the rules had counted before: a copy
 * of the same rules knows it. A chain that is not in both, or not with as many rules, is left as it
 * is. False where nothing is missing: no counter is lower than it was.
 */
bool restoreCounters(const Table& before, Table& now);

}  // namespace portshift::iptc
