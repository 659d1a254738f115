#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nftables/batch.h"
#include "nftables/ruleset.h"
#include "nftables/snapshot.h"
#include "nftables/socket.h"
#include "nftables/transaction.h"
#include "util/family.h"

namespace portshift::nft {

/**
 * One `inet` table of one network namespace, over one socket that stays open. The session remembers
 * the state of the table at the last read or commit, and commits only on top of that state. All
 * members must be called on the thread that constructed the object.
 */
class Session {
 public:
  /**
   * Moves the calling thread into the network namespace at that path, unless the path is empty.
   * Throws an Error of kind kNamespace or kOpen.
   */
  explicit Session(const std::string& network_namespace);

  const std::vector<Family>& families() const { return families_; }
  std::uint32_t portId() const { return socket_->portId(); }

  /**
   * The content that read() returns of a table that has not changed since the last read or commit.
   */
  enum class Depth : std::uint8_t {
    /** The whole table. */
    kAll,
    /**
     * Only the fact that it has not changed; nothing is read if the generation of the namespace is
     * the same.
     */
    kChange,
  };

  Snapshot read(const std::string& table, Depth depth);

  /**
   * Commits the batch in one transaction if the table has not changed since the last read or
   * commit. Returns nothing if it has. Throws an Error of kind kCommit that names the operation and
   * leaves the table as it was. After both kinds of failure, nothing is committed until the table
   * is read again, because later batches were computed on top of the failed one.
   */
  std::optional<RuleHandles> commit(const Batch& batch);

  /**
   * Reads everything that nf_tables has in the namespace. The remembered state of the table is
   * kept.
   */
  Ruleset readRuleset();

  /**
   * Commits the batches in one transaction if the ruleset has that generation. Otherwise it returns
   * false and commits nothing. The remembered state of the table is kept with its generation, so
   * that the next commit() reads the table again. Throws an Error of kind kCommit whose step is the
   * index of the batch.
   */
  bool commitForeign(const std::vector<std::shared_ptr<const Batch>>& batches,
                     std::uint32_t generation);

  /** Makes the kernel validate the batch without committing it. Throws as commit(). */
  void check(const Batch& batch);

  /** Does what isInUse() of table_reader.h does. */
  bool isInUse();

  /** Closes the socket. No other call may follow. */
  void close() { socket_.reset(); }

 private:
  /**
   * The state of the table at a generation. If there is no hash, only the same generation proves
   * that the table has not changed.
   */
  struct State {
    std::string table;
    std::uint32_t generation;
    std::optional<std::uint64_t> structure_hash;
    std::uint64_t element_hash;
  };

  std::optional<RuleHandles> commitReading(const Batch& batch);
  std::optional<RuleHandles> commitOnce(const Batch& batch);
  std::optional<RuleHandles> commitWatching(const Batch& batch);
  static bool isSame(const State& state, const Snapshot& snapshot);

  std::vector<Family> families_;
  std::optional<Socket> socket_;
  std::optional<State> known_;
};

}  // namespace portshift::nft
