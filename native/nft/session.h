#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/family.h"
#include "nft/batch.h"
#include "nft/ruleset.h"
#include "nft/snapshot.h"
#include "nft/socket.h"
#include "nft/transaction.h"

namespace portshift::nft {

/**
 * One `inet` table of one network namespace, over one socket that stays open: what it was when it
 * was last read or committed to is remembered, and commits are made on that. Every member runs on
 * the thread that made the object.
 */
class Session {
 public:
  /**
   * Moves the calling thread into the namespace at that path; empty: it stays. Throws an Error of
   * kind kNamespace or kOpen.
   */
  explicit Session(const std::string& network_namespace);

  const std::vector<Family>& families() const { return families_; }
  std::uint32_t portId() const { return socket_->portId(); }

  /** What is asked for of a table that is what it was when it was last read or committed to. */
  enum class Depth : std::uint8_t {
    /** All of it, as of any other table. */
    kAll,
    /** Only that it is, where nobody has changed anything in the namespace: then nothing is read.
     */
    kChange,
  };

  Snapshot read(const std::string& table, Depth depth);

  /**
   * All of the batch in one transaction, if the table still is what it was when it was last read or
   * committed to; nothing if it is not. Throws an Error of kind kCommit that names the operation,
   * and leaves the table as it was. After either, nothing is committed before the table is read
   * again: what follows was made for what this one would have left.
   */
  std::optional<RuleHandles> commit(const Batch& batch);

  /** All that nf_tables has in the namespace. What is known of the one table stays. */
  Ruleset readRuleset();

  /**
   * All of the batches in one transaction, if the ruleset has that generation; else false, and
   * nothing is committed. What is known of the one table stays, with its generation: the next
   * commit() looks at it again. Throws an Error of kind kCommit that names the batch as a step.
   */
  bool commitForeign(const std::vector<std::shared_ptr<const Batch>>& batches,
                     std::uint32_t generation);

  /** Has the kernel look at the batch, and changes nothing. Throws as commit(). */
  void check(const Batch& batch);

  /** As isInUse() of table_reader.h. */
  bool isInUse();

  /** The last call: closes the socket. */
  void close() { socket_.reset(); }

 private:
  /** What the table was at a generation. Without the hash, only that generation proves it the same.
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
