#include "iptc/chain_index.h"

#include <algorithm>
#include <random>

#include "check.h"

using portshift::Bytes;
using portshift::iptc::ChainIndex;

namespace {

Bytes valueOf(unsigned number) {
  return {static_cast<std::uint8_t>(number), static_cast<std::uint8_t>(number >> 8)};
}

}  // namespace

TEST("iptc/chain_index", "finds the first of equal rules, with its counters") {
  ChainIndex index({{valueOf(1), {10, 0}}, {valueOf(2), {20, 0}}, {valueOf(1), {30, 0}}});
  const auto first = index.removeFirst(valueOf(1));
  CHECK_EQUAL(first->position, 0U);
  CHECK_EQUAL(first->counters.packets, 10U);
  const auto second = index.removeFirst(valueOf(1));
  CHECK_EQUAL(second->position, 1U);
  CHECK_EQUAL(second->counters.packets, 30U);
  CHECK(!index.removeFirst(valueOf(1)));
}

TEST("iptc/chain_index", "agrees with a plain list, whatever is done in whatever order") {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<unsigned> list;
    std::vector<ChainIndex::Rule> rules;
    for (unsigned i = 0; i < random() % 20; ++i) {
      list.push_back(random() % 30);
      rules.push_back({valueOf(list.back()), {}});
    }
    ChainIndex index(std::move(rules));
    for (int step = 0; step < 300; ++step) {
      const unsigned value = random() % 30;
      switch (random() % 3) {
        case 0:
          list.insert(list.begin(), value);
          index.pushFront(valueOf(value));
          break;
        case 1:
          list.push_back(value);
          index.pushBack(valueOf(value));
          break;
        default: {
          const auto found = std::find(list.begin(), list.end(), value);
          const auto removed = index.removeFirst(valueOf(value));
          CHECK_EQUAL(removed.has_value(), found != list.end());
          if (!removed || found == list.end()) break;
          CHECK_EQUAL(removed->position, static_cast<std::size_t>(found - list.begin()));
          list.erase(found);
        }
      }
    }
  }
}

TEST("iptc/chain_index", "takes 100,000 rules out of 100,000 in little time") {
  std::vector<ChainIndex::Rule> rules;
  for (unsigned i = 0; i < 100'000; ++i) {
    rules.push_back({{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8),
                      static_cast<std::uint8_t>(i >> 16)},
                     {}});
  }
  std::vector<Bytes> values;
  for (const auto& rule : rules) values.push_back(rule.canonical);
  std::shuffle(values.begin(), values.end(), std::mt19937(1));
  ChainIndex index(std::move(rules));
  for (const Bytes& value : values) CHECK(index.removeFirst(value).has_value());
}
