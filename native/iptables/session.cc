#include "iptables/session.h"

#include <chrono>
#include <utility>

#include "util/error.h"
#include "util/network_namespace.h"

namespace portshift::iptc {

Session::Session(const std::string& network_namespace, std::string lock_file)
    : lock_file_(std::move(lock_file)), families_{Family::kIpv4} {
  if (!network_namespace.empty()) enterNetworkNamespace(network_namespace);
  if (hasIpv6()) families_.push_back(Family::kIpv6);
}

Snapshot Session::read(const std::vector<TableId>& ids, const std::string& prefix,
                       const std::vector<std::uint64_t>& known, const LockWait& wait,
                       StopSignal& stop) {
  ahead_.reset();
  const auto hold = lockTables(prefix, wait, stop);
  if (known.size() == ids.size()) {
    if (auto snapshot = readKnown(ids, known, hold->tables)) return std::move(*snapshot);
  }
  return readAll(ids, hold->tables);
}

Snapshot Session::look(const std::vector<TableId>& ids, const std::string& prefix) {
  for (const Family family : families_) memory_.raw.probe(family);
  // Only isThere() is called on them, which needs no lock.
  LockedTables tables(prefix, memory_);
  return readAll(ids, tables);
}

Snapshot Session::readAll(const std::vector<TableId>& ids, LockedTables& tables) {
  Snapshot snapshot;
  for (const TableId id : ids) {
    if (tables.isThere(id)) {
      snapshot.addTable(Table::open(id), tables.prefix());
    } else {
      snapshot.addAbsentTable(id);
    }
  }
  return snapshot;
}

std::optional<Snapshot> Session::readKnown(const std::vector<TableId>& ids,
                                           const std::vector<std::uint64_t>& known,
                                           LockedTables& tables) {
  Snapshot snapshot;
  CountedRules counted;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (tables.isThere(ids[i])) {
      const Table table = Table::open(ids[i]);
      if (!snapshot.addKnownTable(table, tables.prefix(), known[i], counted)) return {};
    } else {
      snapshot.addAbsentTable(ids[i]);
      if (known[i] != snapshot.tables().back().fingerprint) return {};
    }
  }
  snapshot.setKnown(counted);
  return snapshot;
}

CommitResult Session::commit(const Change& change, const std::string& prefix, const LockWait& wait,
                             StopSignal& stop) {
  try {
    std::unique_ptr<Hold> hold = std::move(ahead_);
    // An unsuitable lock is released before it is taken again.
    if (hold && (hold->tables.prefix() != prefix || wait.isInterrupted())) hold.reset();
    if (!hold) hold = lockTables(prefix, wait, stop);
    if (hold->change.get() != &change) hold->transaction.emplace(change, hold->tables);
    CommitResult result = hold->transaction->run();
    spent_.emplace(std::move(hold->tables));
    return result;
  } catch (Error& error) {
    if (!error.failure().left) error.failure().left = Left::kNothing;
    throw;
  }
}

void Session::readAhead(const std::vector<ExpectedTable>& tables, const std::string& prefix,
                        const std::function<bool()>& isAnnouncedSoon, StopSignal& stop) noexcept {
  try {
    ahead_.reset();
    ahead_ = lockTables(prefix, LockWait(std::chrono::milliseconds(0)), stop);
    for (const ExpectedTable& table : tables) ahead_->tables.fingerprint(table);
    if (isAnnouncedSoon()) return;
  } catch (...) {  // NOLINT(bugprone-empty-catch): the commit meets and reports it again
  }
  ahead_.reset();
}

void Session::editAhead(const std::shared_ptr<const Change>& change,
                        const std::function<bool()>& isAnnouncedSoon) noexcept {
  if (!ahead_) return;
  try {
    if (ahead_->change != change) {
      ahead_->transaction.emplace(*change, ahead_->tables);
      ahead_->change = change;
    }
    ahead_->transaction->editAhead();
    if (isAnnouncedSoon()) return;
  } catch (...) {  // NOLINT(bugprone-empty-catch): as in readAhead()
  }
  ahead_.reset();
}

void Session::release() {
  ahead_.reset();
  spent_.reset();
  memory_ = {};
  lock_file_.close();
}

std::unique_ptr<Session::Hold> Session::lockTables(const std::string& prefix, const LockWait& wait,
                                                   StopSignal& stop) {
  return std::make_unique<Hold>(XtablesLock::acquire(lock_file_, wait, stop),
                                LockedTables(prefix, memory_));
}

}  // namespace portshift::iptc
