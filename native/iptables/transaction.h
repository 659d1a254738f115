#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "iptables/change.h"
#include "iptables/locked_tables.h"
#include "iptables/table.h"
#include "iptables/table_editor.h"
#include "util/error.h"

namespace portshift::iptc {

struct CommitResult {
  /** True if a table was not as expected. Nothing was changed then. */
  bool stale = false;
  /** The fingerprint of each step's table after that step. */
  std::vector<std::uint64_t> fingerprints;
};

/**
 * The commit of one change. The xtables lock must be held from before the construction until after
 * run().
 */
class Transaction {
 public:
  Transaction(const Change& change, LockedTables& tables) : change_(change), tables_(tables) {}

  /**
   * Applies in memory the part of the change that exists by now, as far as no earlier step has to
   * be committed first. More may be added to the change afterwards. Throws what run() would throw.
   */
  void editAhead();

  /**
   * Commits the change. Throws an Error of kind kOpen, kOperation or kCommit, in which `left` is
   * the state of earlier steps.
   */
  CommitResult run();

 private:
  struct Committed {
    std::size_t step = 0;
    std::uint64_t fingerprint = 0;
    std::vector<Edit> inverse;
  };

  /** A step that is being applied in memory. */
  struct Begun {
    std::size_t step;
    TableEditor editor;
    std::size_t blocks = 0;
    std::size_t operations = 0;
  };

  using EditAgain = std::function<EditedTable(OpenTable)>;

  bool expectationsHold();
  bool isAsExpected(const Step& step);
  void openAbsentTables();
  Committed runStep(std::size_t index);
  Begun begin(std::size_t index, OpenTable opened) const;
  void goOn(Begun& begun) const;
  EditedTable edit(std::size_t index);
  Committed replace(EditedTable edited, const EditAgain& edit_again) const;
  static void restoreCounters(const Table& before, Table table);
  void undo(const Committed& committed) const;
  void undoAll(const std::vector<Committed>& committed, Error& error) const;

  const Change& change_;
  LockedTables& tables_;
  // The steps that are the first ones on their tables.
  std::map<TableId, Begun> begun_;
  // The current fingerprint of every table in the change.
  std::map<TableId, std::uint64_t> fingerprints_;
};

}  // namespace portshift::iptc
