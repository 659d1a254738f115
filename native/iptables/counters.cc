#include "iptables/counters.h"

#include <algorithm>
#include <vector>

namespace portshift::iptc {

namespace {

/** The counters of a chain's rules and of its policy. */
struct Counted {
  std::string chain;
  std::optional<Policy> policy;
  std::vector<xt::Counters> rules;
};

Counted countersOf(const Table& table, const Chain& chain) {
  Counted counted{chain.name, chain.policy, {}};
  table.forEachRule(chain.name, [&](const TableEntry& entry) {
    counted.rules.push_back(entry.counters(table.id().family));
  });
  return counted;
}

bool isLower(xt::Counters a, xt::Counters b) {
  return a.packets < b.packets || a.bytes < b.bytes;
}

bool isLower(const Counted& a, const Counted& b) {
  if (a.policy && b.policy && isLower(a.policy->counters, b.policy->counters)) return true;
  for (std::size_t i = 0; i < a.rules.size(); ++i) {
    if (isLower(a.rules[i], b.rules[i])) return true;
  }
  return false;
}

void add(Table& table, const Counted& before, const Counted& now) {
  const auto sum = [](xt::Counters a, xt::Counters b) {
    return xt::Counters{a.packets + b.packets, a.bytes + b.bytes};
  };
  for (std::size_t i = 0; i < now.rules.size(); ++i) {
    table.setCounters(now.chain, i, sum(before.rules[i], now.rules[i]));
  }
  if (before.policy && now.policy) {
    table.setPolicy(now.chain,
                    {now.policy->verdict, sum(before.policy->counters, now.policy->counters)});
  }
}

}  // namespace

bool restoreCounters(const Table& before, Table& now) {
  const std::vector<Chain> known = now.chains();
  std::vector<std::pair<Counted, Counted>> pairs;
  for (const Chain& chain : before.chains()) {
    const auto same = std::find_if(known.begin(), known.end(),
                                   [&chain](const Chain& each) { return each.name == chain.name; });
    if (same == known.end()) continue;
    std::pair<Counted, Counted> pair{countersOf(before, chain), countersOf(now, *same)};
    if (pair.first.rules.size() == pair.second.rules.size()) pairs.push_back(std::move(pair));
  }
  const bool lost = std::any_of(pairs.begin(), pairs.end(),
                                [](const auto& pair) { return isLower(pair.second, pair.first); });
  if (!lost) return false;
  for (const auto& [then, since] : pairs) add(now, then, since);
  return true;
}

}  // namespace portshift::iptc
