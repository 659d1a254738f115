#include "iptc/transaction.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>

#include "common/hash.h"
#include "common/transient.h"
#include "iptc/counters.h"

namespace portshift::iptc {

namespace {

constexpr int kCommitAttempts = 100;
constexpr int kCounterAttempts = 10;
constexpr std::chrono::milliseconds kCommitPause{2};

Error commitError(TableId id, int code) {
  const char *const function = id.family == Family::kIpv4 ? "iptc_commit" : "ip6tc_commit";
  return Error::fromErrno(ErrorKind::kCommit, function, code, describe(id));
}

/** For a table in a state that is neither that of before nor the wanted one. */
[[noreturn]] void throwUnknown(Error error, std::string reason) {
  error.failure().left = Left::kPartial;
  error.failure().undo_error = std::move(reason);
  throw std::move(error);
}

std::vector<Edit> applyOperations(Table& table, const Step& step, TableEditor::Inverse inverse) {
  TableEditor editor(table, inverse);
  std::size_t number = 0;
  for (const OperationBlock& block : step.blocks) {
    for (std::size_t i = 0; i < block.size(); ++i, ++number) {
      try {
        editor.apply(block.at(i));
      } catch (Error& error) {
        error.failure().operation = number;
        throw;
      }
    }
  }
  return editor.takeInverse();
}

/** The names of the chains that are told, each once. */
class NamesOnce {
 public:
  /** The name must stay where it is. */
  void add(std::string_view name) {
    if (seen_.insert(name).second) names_.emplace_back(name);
  }
  ChainNames take() { return std::move(names_); }

 private:
  std::unordered_set<std::string_view> seen_;
  ChainNames names_;
};

ChainNames chainsOf(const Step& step) {
  NamesOnce names;
  for (const OperationBlock& block : step.blocks) {
    for (std::size_t i = 0; i < block.size(); ++i) names.add(block.at(i).chain);
  }
  return names.take();
}

ChainNames chainsOf(const std::vector<Edit>& edits) {
  NamesOnce names;
  for (const Edit& edit : edits) names.add(edit.chain);
  return names.take();
}

/** The last one that changes something: what it has done is never undone. */
std::size_t lastOf(const std::vector<Step>& steps) {
  std::size_t last = steps.size();
  while (last > 0 && steps[last - 1].size() == 0) --last;
  return last == 0 ? 0 : last - 1;
}

}  // namespace

CommitResult Transaction::run() {
  std::vector<Committed> committed;
  // Nothing may fail once the last step is made.
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
  return std::all_of(change_.steps.begin(), change_.steps.end(), [this](const Step& step) {
    // A table that had rules of ours is there as long as its namespace is.
    const bool had_rules = !step.expect.empty() && step.expect != toHex(emptyFingerprint());
    const std::uint64_t actual = tables_.fingerprint({step.table, had_rules, step.size() > 0});
    fingerprints_[step.table] = actual;
    return step.expect.empty() || step.expect == toHex(actual);
  });
}

/** Only now, as opening creates them; and before the first step, so that one that cannot be opened
 * stops nothing halfway. */
void Transaction::openAbsentTables() {
  for (const Step& step : change_.steps) {
    if (step.size() > 0) tables_.open(step.table);
  }
}

Transaction::Committed Transaction::runStep(std::size_t index) {
  const Step& step = change_.steps[index];
  if (step.size() == 0) return {index, fingerprints_.at(step.table), {}};
  try {
    using Inverse = TableEditor::Inverse;
    const Inverse inverse = index == lastOf(change_.steps) ? Inverse::kForgotten : Inverse::kKept;
    const auto apply = [&](Table& table) { return applyOperations(table, step, inverse); };
    Committed committed = replace(tables_.take(step.table), {chainsOf(step), apply});
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

Transaction::Committed Transaction::replace(OpenTable opened, const TableEdit& edit) const {
  const TableId id = opened.table.id();
  const std::uint64_t before = opened.fingerprint;
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t others =
        before - fingerprintIn(opened.table, edit.chains, tables_.prefix());
    std::vector<Edit> inverse = edit.apply(opened.table);
    const std::uint64_t wanted =
        others + fingerprintIn(opened.table, edit.chains, tables_.prefix());
    const int code = opened.table.commit();
    if (code == 0) {
      tables_.retire(std::move(opened.table));
      return {0, wanted, std::move(inverse)};
    }

    const Error error = commitError(id, code);
    const Table edited = std::move(opened.table);
    try {
      opened = tables_.read(id);
    } catch (const Error& reopening) {
      throwUnknown(error, std::string("reading the table back failed: ") + reopening.what());
    }
    if (opened.fingerprint == wanted) {
      restoreCounters(edited, std::move(opened.table));
      return {0, wanted, std::move(inverse)};
    }
    // The kernel refuses with EAGAIN, before it does anything, where someone without the lock has
    // changed the number of entries: the edit is made again on what is there now, unless our own
    // are among what was changed.
    if (opened.fingerprint != before && code != EAGAIN) {
      throwUnknown(error, "the table is neither as before nor as wanted");
    }
    if (opened.fingerprint != before || !isTransient(code) || attempt == kCommitAttempts)
      throw error;
    std::this_thread::sleep_for(kCommitPause);
  }
}

/** A replaced table begins to count at zero; what its rules had counted is handed over after it,
 * and was not. */
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
  const auto undo_edits = [&committed](Table& table) {
    for (const Edit& edit : committed.inverse) applyEdit(table, edit);
    return std::vector<Edit>{};
  };
  replace(std::move(opened), {chainsOf(committed.inverse), undo_edits});
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
