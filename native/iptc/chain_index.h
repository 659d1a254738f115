#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "xt/rule.h"

namespace portshift::iptc {

/**
 * The rules of one chain by the hashes of their values, as in its fingerprint. It follows a chain
 * that grows at both ends and shrinks anywhere, a long one in O(log n) each, so that deleting many
 * rules by value does not compare each with all.
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

  /** Takes out the first rule of this value and says where it was. */
  std::optional<Removed> removeFirst(std::uint64_t hash);

  /** Calls `visit(std::uint64_t hash)` for every rule, in order. */
  template <class Visit>
  void forEach(Visit&& visit) const;

 private:
  /** Where equal rules are, and a Fenwick tree of the slots in use. */
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

  // Every rule has a slot, in the order of the chain; free ones are left at both ends.
  std::vector<std::optional<Rule>> slots_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  std::size_t size_ = 0;
  // A short chain is looked through.
  std::optional<Places> places_;
};

template <class Visit>
void ChainIndex::forEach(Visit&& visit) const {
  for (std::size_t slot = first_; slot < end_; ++slot) {
    if (slots_[slot]) visit(slots_[slot]->hash);
  }
}

}  // namespace portshift::iptc
