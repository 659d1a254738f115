#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "common/error.h"
#include "iptc/change.h"
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

  /**
   * Carries out in memory what there is of the change by now, as far as nothing has to be committed
   * before it; more may be added afterwards. Throws what run() would.
   */
  void editAhead();

  /** Throws an Error of kind kOpen, kOperation or kCommit, in which `left` says what became of
   * earlier steps. */
  CommitResult run();

 private:
  struct Committed {
    std::size_t step = 0;
    std::uint64_t fingerprint = 0;
    std::vector<Edit> inverse;
  };

  /** A step that is being carried out in memory. */
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
  // The first steps on their tables.
  std::map<TableId, Begun> begun_;
  // Of every table that occurs, as it is now.
  std::map<TableId, std::uint64_t> fingerprints_;
};

}  // namespace portshift::iptc
