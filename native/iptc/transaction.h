#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/error.h"
#include "iptc/change.h"
#include "iptc/fingerprint.h"
#include "iptc/locked_tables.h"
#include "iptc/table.h"
#include "iptc/table_editor.h"

namespace portshift::iptc {

struct CommitResult {
  /** A table was not as expected: nothing was changed. */
  bool stale = false;
  /** Of each step's table after that step. */
  std::vector<std::uint64_t> fingerprints;
};

/** One change being committed. The xtables lock must be held from before it is made until after
 * run(). */
class Transaction {
 public:
  Transaction(const Change& change, LockedTables& tables) : change_(change), tables_(tables) {}

  /** Throws an Error of kind kOpen, kOperation or kCommit, in which `left` says what became of
   * earlier steps. */
  CommitResult run();

 private:
  struct Committed {
    std::size_t step = 0;
    std::uint64_t fingerprint = 0;
    std::vector<Edit> inverse;
  };

  struct TableEdit {
    /** All that it is about. */
    ChainNames chains;
    /** Edits a table in memory and returns the inverse edits. */
    std::function<std::vector<Edit>(Table&)> apply;
  };

  bool expectationsHold();
  void openAbsentTables();
  Committed runStep(std::size_t index);
  Committed replace(OpenTable opened, const TableEdit& edit) const;
  static void restoreCounters(const Table& before, Table table);
  void undo(const Committed& committed) const;
  void undoAll(const std::vector<Committed>& committed, Error& error) const;

  const Change& change_;
  LockedTables& tables_;
  // Of every table that occurs, as it is now.
  std::map<TableId, std::uint64_t> fingerprints_;
};

}  // namespace portshift::iptc
