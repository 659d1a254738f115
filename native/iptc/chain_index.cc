#include "iptc/chain_index.h"

#include "common/hash.h"

namespace portshift::iptc {

namespace {

constexpr std::size_t kLeastRoom = 4;

std::uint64_t hashOf(ByteView canonical) {
  return Hash().add(canonical).value();
}

}  // namespace

ChainIndex::ChainIndex(std::vector<Rule> rules) {
  rebuild(std::move(rules));
}

void ChainIndex::pushFront(ByteView canonical) {
  if (first_ == 0) makeRoom();
  place(--first_, {Bytes(canonical.begin(), canonical.end()), {}});
}

void ChainIndex::pushBack(ByteView canonical) {
  if (end_ == slots_.size()) makeRoom();
  place(end_++, {Bytes(canonical.begin(), canonical.end()), {}});
}

std::optional<ChainIndex::Removed> ChainIndex::removeFirst(ByteView canonical) {
  const std::uint64_t hash = hashOf(canonical);
  for (auto it = by_hash_.lower_bound({hash, 0}); it != by_hash_.end() && it->first == hash; ++it) {
    const std::size_t slot = it->second;
    if (ByteView(slots_[slot]->canonical) != canonical) continue;
    const Removed removed{countBefore(slot), slots_[slot]->counters};
    by_hash_.erase(it);
    count(slot, -1);
    slots_[slot].reset();
    return removed;
  }
  return std::nullopt;
}

void ChainIndex::rebuild(std::vector<Rule> rules) {
  const std::size_t room = rules.size() + kLeastRoom;
  by_hash_.clear();
  slots_.assign(rules.size() + 2 * room, std::nullopt);
  used_.assign(slots_.size() + 1, 0);
  first_ = end_ = room;
  for (Rule& rule : rules) place(end_++, std::move(rule));
}

/** As much again at both ends as there are rules: what this costs is spread over as many additions.
 */
void ChainIndex::makeRoom() {
  std::vector<Rule> rules;
  for (auto& slot : slots_) {
    if (slot) rules.push_back(std::move(*slot));
  }
  rebuild(std::move(rules));
}

void ChainIndex::place(std::size_t slot, Rule rule) {
  by_hash_.emplace(hashOf(rule.canonical), slot);
  count(slot, 1);
  slots_[slot] = std::move(rule);
}

void ChainIndex::count(std::size_t slot, std::ptrdiff_t difference) {
  for (std::size_t i = slot + 1; i < used_.size(); i += i & (~i + 1)) used_[i] += difference;
}

std::size_t ChainIndex::countBefore(std::size_t slot) const {
  std::ptrdiff_t sum = 0;
  for (std::size_t i = slot; i > 0; i -= i & (~i + 1)) sum += used_[i];
  return static_cast<std::size_t>(sum);
}

}  // namespace portshift::iptc
