#include "iptables/chain_index.h"

#include <algorithm>

namespace portshift::iptc {

namespace {

constexpr std::size_t kLeastRoom = 4;
/** The number of slots up to which a linear search is faster than maintaining an index. */
constexpr std::size_t kShort = 128;

}  // namespace

ChainIndex::ChainIndex(const std::vector<Rule>& rules) {
  rebuild(rules);
}

void ChainIndex::pushFront(std::uint64_t hash) {
  if (first_ == 0) makeRoom();
  place(--first_, {hash, {}});
}

void ChainIndex::pushBack(std::uint64_t hash) {
  if (end_ == slots_.size()) makeRoom();
  place(end_++, {hash, {}});
}

std::optional<ChainIndex::Removed> ChainIndex::removeFirst(std::uint64_t hash) {
  if (!places_ && end_ - first_ > kShort) indexAll();
  const auto slot = find(hash);
  if (!slot) return std::nullopt;
  const Removed removed{countBefore(*slot), slots_[*slot]->counters};
  if (places_) {
    places_->by_hash.erase({hash, *slot});
    count(*slot, -1);
  }
  slots_[*slot].reset();
  --size_;
  return removed;
}

void ChainIndex::rebuild(const std::vector<Rule>& rules) {
  const std::size_t room = rules.size() + kLeastRoom;
  places_.reset();
  slots_.assign(rules.size() + 2 * room, std::nullopt);
  first_ = end_ = room;
  size_ = 0;
  for (const Rule& rule : rules) place(end_++, rule);
}

/**
 * Reserves as many free slots at both ends as there are rules, so that the cost is spread over as
 * many additions.
 */
void ChainIndex::makeRoom() {
  std::vector<Rule> rules;
  rules.reserve(size_);
  for (const auto& slot : slots_) {
    if (slot) rules.push_back(*slot);
  }
  rebuild(rules);
}

void ChainIndex::place(std::size_t slot, Rule rule) {
  if (places_) {
    places_->by_hash.emplace(rule.hash, slot);
    count(slot, 1);
  }
  slots_[slot] = rule;
  ++size_;
}

void ChainIndex::indexAll() {
  places_.emplace();
  places_->used.assign(slots_.size() + 1, 0);
  for (std::size_t slot = first_; slot < end_; ++slot) {
    if (!slots_[slot]) continue;
    places_->by_hash.emplace(slots_[slot]->hash, slot);
    count(slot, 1);
  }
}

std::optional<std::size_t> ChainIndex::find(std::uint64_t hash) const {
  if (places_) {
    const auto found = places_->by_hash.lower_bound({hash, 0});
    if (found == places_->by_hash.end() || found->first != hash) return std::nullopt;
    return found->second;
  }
  for (std::size_t slot = first_; slot < end_; ++slot) {
    if (slots_[slot] && slots_[slot]->hash == hash) return slot;
  }
  return std::nullopt;
}

void ChainIndex::count(std::size_t slot, std::ptrdiff_t difference) {
  auto& used = places_->used;
  for (std::size_t i = slot + 1; i < used.size(); i += i & (~i + 1)) used[i] += difference;
}

std::size_t ChainIndex::countBefore(std::size_t slot) const {
  if (!places_) {
    const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(first_);
    const auto end = slots_.begin() + static_cast<std::ptrdiff_t>(slot);
    return static_cast<std::size_t>(
        std::count_if(first, end, [](const auto& each) { return each.has_value(); }));
  }
  std::ptrdiff_t sum = 0;
  for (std::size_t i = slot; i > 0; i -= i & (~i + 1)) sum += places_->used[i];
  return static_cast<std::size_t>(sum);
}

}  // namespace portshift::iptc
