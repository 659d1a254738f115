#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nftables/element_list.h"
#include "nftables/objects.h"

namespace portshift::nft {

/** One table at one generation of the ruleset. */
struct Snapshot {
  /** The number that nf_tables increments with every transaction in the network namespace. */
  std::uint32_t generation = 0;
  /** The table; if it is absent, all other members are empty. */
  std::optional<Table> table;
  std::vector<Chain> chains;
  std::vector<Set> sets;
  std::vector<Rule> rules;
  /** The elements of all sets. A set is an index into `sets`. */
  ElementList elements;
  /** A hash of everything but elements and counters. */
  std::uint64_t structure_hash = 0;
  /** The sum of the hashes of the elements. */
  std::uint64_t element_hash = 0;

  /** True if the table has not changed since the session last read it or committed to it. */
  bool is_known = false;

  /** The number of chains, sets and rules; elements are not included. */
  std::size_t size() const { return chains.size() + sets.size() + rules.size(); }

  bool equals(const Snapshot& other) const {
    return structure_hash == other.structure_hash && element_hash == other.element_hash;
  }
};

}  // namespace portshift::nft
