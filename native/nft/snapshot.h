#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nft/element_list.h"
#include "nft/objects.h"

namespace portshift::nft {

/** One table as it was at one generation of the ruleset. */
struct Snapshot {
  /** Counts the transactions in the network namespace. */
  std::uint32_t generation = 0;
  /** Absent: there is no such table, and all the rest is empty. */
  std::optional<Table> table;
  std::vector<Chain> chains;
  std::vector<Set> sets;
  std::vector<Rule> rules;
  /** Their sets are indexes into `sets`. */
  ElementList elements;
  /** Of everything but elements, counters left out. */
  std::uint64_t structure_hash = 0;
  /** The sum of the hashes of the elements. */
  std::uint64_t element_hash = 0;

  /** It is what it was when the session last read it or committed to it. */
  bool is_known = false;

  /** Chains, sets, rules and elements together. */
  /** Elements apart. */
  std::size_t size() const { return chains.size() + sets.size() + rules.size(); }

  bool equals(const Snapshot& other) const {
    return structure_hash == other.structure_hash && element_hash == other.element_hash;
  }
};

}  // namespace portshift::nft
