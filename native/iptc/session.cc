#include "iptc/session.h"

#include <chrono>
#include <utility>

#include "common/error.h"
#include "common/network_namespace.h"

namespace portshift::iptc {

Session::Session(const std::string& network_namespace, std::string lock_file)
    : lock_file_(std::move(lock_file)), families_{Family::kIpv4} {
  if (!network_namespace.empty()) enterNetworkNamespace(network_namespace);
  if (hasIpv6()) families_.push_back(Family::kIpv6);
}

Snapshot Session::read(const std::vector<TableId>& ids, const std::string& prefix,
                       const std::vector<std::uint64_t>& known, const LockWait& wait,
                       StopSignal& stop) {
  Locked locked = lockTables(prefix, wait, stop);
  if (known.size() == ids.size()) {
    if (auto snapshot = readKnown(ids, known, locked.tables)) return std::move(*snapshot);
  }
  Snapshot snapshot;
  for (const TableId id : ids) {
    if (locked.tables.isThere(id)) {
      snapshot.addTable(Table::open(id), prefix);
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
    std::optional<Locked> locked = std::exchange(ahead_, std::nullopt);
    // What was locked is let go of before it is locked anew.
    if (locked && (locked->tables.prefix() != prefix || wait.isInterrupted())) locked.reset();
    if (!locked) locked.emplace(lockTables(prefix, wait, stop));
    CommitResult result = Transaction(change, locked->tables).run();
    spent_.emplace(std::move(locked->tables));
    return result;
  } catch (Error& error) {
    if (!error.failure().left) error.failure().left = Left::kNothing;
    throw;
  }
}

void Session::readAhead(const std::vector<ExpectedTable>& tables, const std::string& prefix,
                        const std::function<bool()>& isAnnouncedSoon, StopSignal& stop) noexcept {
  try {
    ahead_.emplace(lockTables(prefix, LockWait(std::chrono::milliseconds(0)), stop));
    for (const ExpectedTable& table : tables) ahead_->tables.fingerprint(table);
    if (isAnnouncedSoon()) return;
  } catch (...) {  // NOLINT(bugprone-empty-catch): the commit meets it again, and tells
  }
  ahead_.reset();
}

void Session::release() {
  ahead_.reset();
  spent_.reset();
  memory_ = {};
}

Session::Locked Session::lockTables(const std::string& prefix, const LockWait& wait,
                                    StopSignal& stop) {
  return {XtablesLock::acquire(lock_file_, wait, stop), LockedTables(prefix, memory_)};
}

}  // namespace portshift::iptc
