#include "iptables/chain_index.h"

#include <algorithm>
#include <random>

#include "check.h"

using portshift::iptc::ChainIndex;

TEST("iptables/chain_index", "finds the first of equal rules, with its counters") {
  ChainIndex index({{1, {10, 0}}, {2, {20, 0}}, {1, {30, 0}}});
  const auto first = index.removeFirst(1);
  CHECK_EQUAL(first->position, 0U);
  CHECK_EQUAL(first->counters.packets, 10U);
  const auto second = index.removeFirst(1);
  CHECK_EQUAL(second->position, 1U);
  CHECK_EQUAL(second->counters.packets, 30U);
  CHECK(!index.removeFirst(1));
}

TEST("iptables/chain_index", "agrees with a plain list, whatever is done in whatever order") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<unsigned> list;
    std::vector<ChainIndex::Rule> rules;
    // Short ones, and ones that are long enough for an index, or become so.
    const unsigned length = random() % (round % 2 == 0 ? 20 : 400);
    for (unsigned i = 0; i < length; ++i) {
      list.push_back(random() % 30);
      rules.push_back({list.back(), {}});
    }
    ChainIndex index(rules);
    for (int step = 0; step < 300; ++step) {
      const unsigned value = random() % 30;
      switch (random() % 3) {
        case 0:
          list.insert(list.begin(), value);
          index.pushFront(value);
          break;
        case 1:
          list.push_back(value);
          index.pushBack(value);
          break;
        default: {
          const auto found = std::find(list.begin(), list.end(), value);
          const auto removed = index.removeFirst(value);
          CHECK_EQUAL(removed.has_value(), found != list.end());
          if (!removed || found == list.end()) break;
          CHECK_EQUAL(removed->position, static_cast<std::size_t>(found - list.begin()));
          list.erase(found);
        }
      }
      CHECK_EQUAL(index.size(), list.size());
      std::vector<unsigned> hashes;
      index.forEach([&hashes](std::uint64_t hash) { hashes.push_back(hash); });
      CHECK(hashes == list);
    }
  }
}

TEST("iptables/chain_index", "takes 100,000 rules out of 100,000 in little time") {
  std::vector<ChainIndex::Rule> rules;
  for (unsigned i = 0; i < 100'000; ++i) {
    rules.push_back({i, {}});
  }
  std::vector<std::uint64_t> values;
  for (const auto& rule : rules) values.push_back(rule.hash);
  std::shuffle(values.begin(), values.end(), std::mt19937(1));
  ChainIndex index(rules);
  for (const std::uint64_t value : values) CHECK(index.removeFirst(value).has_value());
}
