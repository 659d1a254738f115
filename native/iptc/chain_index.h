#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/bytes.h"
#include "xt/rule.h"

namespace portshift::iptc {

/**
 * The rules of one chain by value. It follows a chain that grows at both ends and shrinks anywhere,
 * each in O(log n), so that deleting many rules by value does not compare each with all.
 */
class ChainIndex {
 public:
  struct Rule {
    Bytes canonical;
    xt::Counters counters;
  };

  struct Removed {
    std::size_t position = 0;
    xt::Counters counters;
  };

  explicit ChainIndex(std::vector<Rule> rules);

  void pushFront(ByteView canonical);
  void pushBack(ByteView canonical);

  /** Takes out the first rule of this value and says where it was. */
  std::optional<Removed> removeFirst(ByteView canonical);

 private:
  void rebuild(std::vector<Rule> rules);
  void makeRoom();
  void place(std::size_t slot, Rule rule);
  void count(std::size_t slot, std::ptrdiff_t difference);
  std::size_t countBefore(std::size_t slot) const;

  // Every rule has a slot, in the order of the chain; free ones are left at both ends.
  std::vector<std::optional<Rule>> slots_;
  std::size_t first_ = 0;
  std::size_t end_ = 0;
  std::set<std::pair<std::uint64_t, std::size_t>> by_hash_;
  // A Fenwick tree of the slots in use.
  std::vector<std::ptrdiff_t> used_;
};

}  // namespace portshift::iptc
