#include "nft/session.h"

#include <chrono>
#include <limits>
#include <thread>
#include <utility>

#include "common/error.h"
#include "common/network_namespace.h"
#include "nft/table_reader.h"

namespace portshift::nft {

namespace {

/** How often a commit is tried anew because others changed the ruleset, but not the table, in
 * between. */
constexpr int kAttempts = 30;
constexpr std::chrono::milliseconds kPause{1};

/** The kernel counts so (nft_base_seq_inc): zero is no generation. */
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

Snapshot Session::read(const std::string& table) {
  known_.reset();
  Snapshot snapshot = TableReader(*socket_, table).read();
  known_ = State{snapshot.generation, snapshot.structure_hash, snapshot.element_hash};
  return snapshot;
}

std::optional<RuleHandles> Session::commit(const Batch& batch) {
  for (int attempt = 0; known_ && attempt < kAttempts; ++attempt) {
    auto handles = Transaction(*socket_, batch).commit(known_->generation);
    if (handles) {
      known_->generation = generationAfter(known_->generation);
      known_->element_hash += batch.hashDelta();
      if (batch.changesStructure()) known_->structure_hash.reset();
      return handles;
    }
    if (!isUnchanged(batch.table())) break;
    if (attempt > 2) std::this_thread::sleep_for(kPause);
  }
  known_.reset();
  return {};
}

void Session::check(const Batch& batch) {
  Transaction(*socket_, batch).check();
}

bool Session::isUnchanged(const std::string& table) {
  if (!known_->structure_hash) return false;
  const Snapshot snapshot = TableReader(*socket_, table).read();
  if (*known_->structure_hash != snapshot.structure_hash ||
      known_->element_hash != snapshot.element_hash) {
    return false;
  }
  known_->generation = snapshot.generation;
  return true;
}

}  // namespace portshift::nft
