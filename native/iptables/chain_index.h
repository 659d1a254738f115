#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "iptables/codec/rule.h"

namespace portshift::iptc {

/**
 * The rules of one chain by the hashes of their canonical entries, as in its fingerprint. It
 * supports additions at both ends and removals anywhere, each in O(log n) for a long chain, so that
 * deleting many rules by value does not compare each of them with all rules.
 */
class ChainIndex {
 public:
  struct Rule {
    std::uint64_t hash = 0;
    xt::Counters counters;
  };

  struct Removed {
    std::size_t position = 0;
    xt::Counters counters;
  };

  explicit ChainIndex(const std::vector<Rule>& rules);

  std::size_t size() const { return size_; }

  void pushFront(std::uint64_t hash);
  void pushBack(std::uint64_t hash);

  /**
   * Removes the first rule of this value. Returns its position and counters, or nothing if there is
   * none.
   */
  std::optional<Removed> removeFirst(std::uint64_t hash);

  /** Calls `visit(std::uint64_t hash)` for every rule, in order. */
  template <class Visit>
  void forEach(Visit&& visit) const;

 private:
  /** The slots of equal rules, and a Fenwick tree of the slots in use. */
  struct Places {
    std::set<std::pair<std::uint64_t, std::size_t>> by_hash;
    std::vector<std::ptrdiff_t> used;
  };

  void rebuild(const std::vector<Rule>& rules);
  void makeRoom();
  void place(std::size_t slot, Rule rule);
  void indexAll();
  void count(std::size_t slot, std::ptrdiff_t difference);
  std::size_t countBefore(std::size_t slot) const;
  std::optional<std::size_t> find(std::uint64_t hash) const;

  // Every rule has a slot, in the order of the chain. Free slots are left at both ends.
  std::vector<std::optional<Rule>> slots_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  std::size_t size_ = 0;
  // A short chain has no index and is searched linearly.
  std::optional<Places> places_;
};

template <class Visit>
void ChainIndex::forEach(Visit&& visit) const {
  for (std::size_t slot = first_; slot < end_; ++slot) {
    if (slots_[slot]) visit(slots_[slot]->hash);
  }
}

}  // namespace portshift::iptc
