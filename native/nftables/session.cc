#include "nftables/session.h"

#include <chrono>
#include <limits>
#include <thread>
#include <utility>

#include "nftables/read_consistently.h"
#include "nftables/ruleset_reader.h"
#include "nftables/table_reader.h"
#include "nftables/watcher.h"
#include "util/error.h"
#include "util/network_namespace.h"

namespace portshift::nft {

namespace {

/**
 * The maximum number of retries of a commit when other processes changed the ruleset, but not the
 * table, meanwhile.
 */
constexpr int kCommitAttempts = 500;
/** The maximum number of reads of the table to find that out. */
constexpr int kReadings = 20;
constexpr std::chrono::milliseconds kPause{1};
constexpr std::chrono::milliseconds kQuick{3};

/** The kernel counts generations in this way (nft_base_seq_inc): zero is never used. */
std::uint32_t generationAfter(std::uint32_t generation) {
  return generation == std::numeric_limits<std::uint32_t>::max() ? 1 : generation + 1;
}

}  // namespace

Session::Session(const std::string& network_namespace) : families_{Family::kIpv4} {
  if (!network_namespace.empty()) enterNetworkNamespace(network_namespace);
  if (hasIpv6()) families_.push_back(Family::kIpv6);
  socket_.emplace();
  readGeneration(*socket_);
}

bool Session::isSame(const State& state, const Snapshot& snapshot) {
  return state.structure_hash == snapshot.structure_hash &&
         state.element_hash == snapshot.element_hash;
}

Snapshot Session::read(const std::string& table, Depth depth) {
  const std::optional<State> before = std::exchange(known_, std::nullopt);
  const bool was_known = before && before->table == table;
  if (was_known && depth == Depth::kChange && readGeneration(*socket_) == before->generation) {
    known_ = before;
    Snapshot unread;
    unread.is_known = true;
    return unread;
  }
  Snapshot snapshot = TableReader(*socket_, table).read();
  snapshot.is_known =
      was_known && (snapshot.generation == before->generation || isSame(*before, snapshot));
  known_ = State{table, snapshot.generation, snapshot.structure_hash, snapshot.element_hash};
  return snapshot;
}

Ruleset Session::readRuleset() {
  return RulesetReader(*socket_).read();
}

bool Session::commitForeign(const std::vector<std::shared_ptr<const Batch>>& batches,
                            std::uint32_t generation) {
  std::vector<const Batch *> all;
  all.reserve(batches.size());
  for (const auto& batch : batches) all.push_back(batch.get());
  return Transaction(*socket_, std::move(all)).commit(generation).has_value();
}

std::optional<RuleHandles> Session::commit(const Batch& batch) {
  try {
    auto handles = known_ ? commitReading(batch) : std::nullopt;
    if (!handles) known_.reset();
    return handles;
  } catch (...) {
    known_.reset();
    throw;
  }
}

std::optional<RuleHandles> Session::commitReading(const Batch& batch) {
  for (int attempt = 0; attempt < kReadings; ++attempt) {
    if (auto handles = commitOnce(batch)) return handles;
    if (!known_->structure_hash) return {};
    const auto start = std::chrono::steady_clock::now();
    const Snapshot snapshot = TableReader(*socket_, batch.table()).read();
    if (!isSame(*known_, snapshot)) return {};
    known_->generation = snapshot.generation;
    // Other processes go on while a table is being read: a long read is likely to be outdated when
    // it ends.
    if (std::chrono::steady_clock::now() - start > kQuick) break;
  }
  if (auto handles = commitOnce(batch)) return handles;
  return commitWatching(batch);
}

std::optional<RuleHandles> Session::commitOnce(const Batch& batch) {
  auto handles = Transaction(*socket_, batch).commit(known_->generation);
  if (!handles) return {};
  known_->generation = generationAfter(known_->generation);
  known_->element_hash += batch.hashDelta();
  if (batch.changesStructure()) known_->structure_hash.reset();
  return handles;
}

/** Commits while other processes change the ruleset faster than the table can be read. */
std::optional<RuleHandles> Session::commitWatching(const Batch& batch) {
  Watcher watcher(batch.table());
  for (int reading = 0; reading < kReadings; ++reading) {
    watcher.reset();
    Snapshot snapshot;
    const Answered answered = TableReader(*socket_, batch.table()).readOnce(snapshot);
    watcher.update();
    if (watcher.isTouched() || answered == Answered::kLost) continue;
    if (!isSame(*known_, snapshot)) return {};
    known_->generation = watcher.generation().value_or(snapshot.generation);
    for (int attempt = 0; attempt < kCommitAttempts && !watcher.isTouched(); ++attempt) {
      if (auto handles = commitOnce(batch)) return handles;
      if (attempt > kCommitAttempts / 2) std::this_thread::sleep_for(kPause);
      watcher.update();
      known_->generation = watcher.generation().value_or(known_->generation);
    }
  }
  return {};
}

bool Session::isInUse() {
  return nft::isInUse(*socket_);
}

void Session::check(const Batch& batch) {
  Transaction(*socket_, batch).check();
}

}  // namespace portshift::nft
