#include "iptables/transaction.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "iptables/counters.h"
#include "iptables/fingerprint.h"
#include "util/hash.h"
#include "util/transient.h"

namespace portshift::iptc {

namespace {

constexpr int kCommitAttempts = 100;
constexpr int kCounterAttempts = 10;
constexpr std::chrono::milliseconds kCommitPause{2};

Error commitError(TableId id, int code) {
  const char *const function = id.family == Family::kIpv4 ? "iptc_commit" : "ip6tc_commit";
  return Error::fromErrno(ErrorKind::kCommit, function, code, describe(id));
}

/** Throws the error for a table whose state is neither the old nor the wanted one. */
[[noreturn]] void throwUnknown(Error error, std::string reason) {
  error.failure().left = Left::kPartial;
  error.failure().undo_error = std::move(reason);
  throw std::move(error);
}

}  // namespace

CommitResult Transaction::run() {
  std::vector<Committed> committed;
  // Nothing may fail after the last step is committed.
  committed.reserve(change_.steps.size());
  try {
    if (!expectationsHold()) return {true, {}};
    openAbsentTables();
    for (std::size_t i = 0; i < change_.steps.size(); ++i) committed.push_back(runStep(i));
  } catch (Error& error) {
    if (!error.failure().left) undoAll(committed, error);
    throw;
  } catch (const std::exception& exception) {
    Error error(ErrorKind::kInternal, exception.what());
    undoAll(committed, error);
    throw std::move(error);
  }
  CommitResult result;
  for (const Committed& each : committed) result.fingerprints.push_back(each.fingerprint);
  return result;
}

bool Transaction::expectationsHold() {
  return std::all_of(change_.steps.begin(), change_.steps.end(),
                     [this](const Step& step) { return isAsExpected(step); });
}

bool Transaction::isAsExpected(const Step& step) {
  // A table that had own rules exists as long as its namespace does.
  const bool had_rules = !step.expect.empty() && step.expect != toHex(emptyFingerprint());
  const std::uint64_t actual = tables_.fingerprint({step.table, had_rules, step.size() > 0});
  fingerprints_[step.table] = actual;
  return step.expect.empty() || step.expect == toHex(actual);
}

/**
 * Opens tables that do not exist yet. This happens after the expectations hold, because opening
 * creates the tables, and before the first step, so that a table that cannot be opened leaves no
 * step half done.
 */
void Transaction::openAbsentTables() {
  for (const Step& step : change_.steps) {
    if (step.size() > 0 && begun_.count(step.table) == 0) tables_.open(step.table);
  }
}

void Transaction::editAhead() {
  for (std::size_t i = 0; i < change_.steps.size(); ++i) {
    const Step& step = change_.steps[i];
    if (step.blocks.empty()) continue;
    auto begun = begun_.find(step.table);
    if (begun == begun_.end()) {
      // No table is opened if one is missing or not as expected.
      if (!tables_.isThere(step.table) || !isAsExpected(step)) return;
      begun = begun_.emplace(step.table, begin(i, tables_.take(step.table))).first;
    }
    // A later step on the same table has to start from what the earlier one has committed.
    if (begun->second.step == i) goOn(begun->second);
  }
}

Transaction::Begun Transaction::begin(std::size_t index, OpenTable opened) const {
  return {index, TableEditor(std::move(opened), tables_.prefix())};
}

void Transaction::goOn(Begun& begun) const {
  const auto& blocks = change_.steps[begun.step].blocks;
  for (; begun.blocks < blocks.size(); ++begun.blocks) {
    const OperationBlock& block = blocks[begun.blocks];
    for (std::size_t i = 0; i < block.size(); ++i, ++begun.operations) {
      try {
        begun.editor.apply(block.at(i));
      } catch (Error& error) {
        error.failure().operation = begun.operations;
        throw;
      }
    }
  }
}

EditedTable Transaction::edit(std::size_t index) {
  const TableId id = change_.steps[index].table;
  const auto begun = begun_.find(id);
  const bool is_begun = begun != begun_.end() && begun->second.step == index;
  Begun step = is_begun ? std::move(begun->second) : begin(index, tables_.take(id));
  goOn(step);
  return std::move(step.editor).finish();
}

Transaction::Committed Transaction::runStep(std::size_t index) {
  const Step& step = change_.steps[index];
  if (step.size() == 0) return {index, fingerprints_.at(step.table), {}};
  try {
    Committed committed = replace(edit(index), [&](OpenTable opened) {
      Begun again = begin(index, std::move(opened));
      goOn(again);
      return std::move(again.editor).finish();
    });
    committed.step = index;
    fingerprints_[step.table] = committed.fingerprint;
    return committed;
  } catch (Error& error) {
    Failure& failure = error.failure();
    failure.family = step.table.family;
    failure.table = tableName(step.table.table);
    failure.step = index;
    throw;
  }
}

Transaction::Committed Transaction::replace(EditedTable edited, const EditAgain& edit_again) const {
  const TableId id = edited.table.id();
  for (int attempt = 1;; ++attempt) {
    const int code = edited.table.commit();
    if (code == 0) {
      tables_.retire(std::move(edited.table));
      return {0, edited.after, std::move(edited.inverse)};
    }

    const Error error = commitError(id, code);
    std::optional<OpenTable> read;
    try {
      read = tables_.read(id);
    } catch (const Error& reopening) {
      throwUnknown(error, std::string("reading the table back failed: ") + reopening.what());
    }
    if (read->fingerprint == edited.after) {
      restoreCounters(edited.table, std::move(read->table));
      return {0, edited.after, std::move(edited.inverse)};
    }
    // The kernel refuses with EAGAIN, before it does anything, if a process without the lock has
    // changed the number of entries. The edit is then repeated on the current table, unless own
    // chains are among what was changed.
    if (read->fingerprint != edited.before && code != EAGAIN) {
      throwUnknown(error, "the table is neither as before nor as wanted");
    }
    if (read->fingerprint != edited.before || !isTransient(code) || attempt == kCommitAttempts)
      throw error;
    std::this_thread::sleep_for(kCommitPause);
    edited = edit_again(std::move(*read));
  }
}

/**
 * Restores the counters of a table that was replaced: it counts from zero, because the second
 * request, which sets the counters, failed.
 */
void Transaction::restoreCounters(const Table& before, Table table) {
  for (int attempt = 1;; ++attempt) {
    if (!iptc::restoreCounters(before, table)) return;
    const int code = table.commit();
    if (code == 0) return;
    if (attempt == kCounterAttempts) {
      throwUnknown(commitError(table.id(), code),
                   "the rules are as wanted, but the counters of the whole table began anew");
    }
    std::this_thread::sleep_for(kCommitPause);
    table = Table::open(table.id());
  }
}

void Transaction::undo(const Committed& committed) const {
  if (committed.inverse.empty()) return;
  OpenTable opened = tables_.read(change_.steps[committed.step].table);
  if (opened.fingerprint != committed.fingerprint) {
    throw Error(
        ErrorKind::kCommit,
        describe(opened.table.id()) + " was changed by someone who does not hold the xtables lock");
  }
  const auto undo_edits = [&](OpenTable table) {
    TableEditor editor(std::move(table), tables_.prefix());
    for (const Edit& edit : committed.inverse) editor.apply(edit);
    return std::move(editor).finish();
  };
  replace(undo_edits(std::move(opened)), undo_edits);
}

void Transaction::undoAll(const std::vector<Committed>& committed, Error& error) const {
  Failure& failure = error.failure();
  const bool any = std::any_of(committed.begin(), committed.end(),
                               [](const Committed& each) { return !each.inverse.empty(); });
  failure.left = any ? Left::kUndone : Left::kNothing;
  try {
    std::for_each(committed.rbegin(), committed.rend(),
                  [this](const Committed& each) { undo(each); });
  } catch (const std::exception& undoing) {
    failure.left = Left::kPartial;
    failure.undo_error = undoing.what();
  }
}

}  // namespace portshift::iptc
