#include "iptc/session.h"

#include <utility>

#include "common/error.h"
#include "common/network_namespace.h"
#include "iptc/present_tables.h"

namespace portshift::iptc {

Session::Session(const std::string& network_namespace, std::string lock_file)
    : lock_file_(std::move(lock_file)), families_{Family::kIpv4} {
  if (!network_namespace.empty()) enterNetworkNamespace(network_namespace);
  if (hasIpv6()) families_.push_back(Family::kIpv6);
}

Snapshot Session::read(const std::vector<TableId>& ids, const std::string& prefix,
                       const std::vector<std::uint64_t>& known, const LockWait& wait,
                       StopSignal& stop) const {
  const XtablesLock lock = XtablesLock::acquire(lock_file_, wait, stop);
  if (known.size() == ids.size()) {
    if (auto snapshot = readKnown(ids, prefix, known)) return std::move(*snapshot);
  }
  PresentTables presence;
  Snapshot snapshot;
  for (const TableId id : ids) {
    if (presence.has(id)) {
      snapshot.addTable(Table::open(id), prefix);
    } else {
      snapshot.addAbsentTable(id);
    }
  }
  return snapshot;
}

std::optional<Snapshot> Session::readKnown(const std::vector<TableId>& ids,
                                           const std::string& prefix,
                                           const std::vector<std::uint64_t>& known) {
  PresentTables presence;
  Snapshot snapshot;
  CountedRules counted;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (presence.has(ids[i])) {
      if (!snapshot.addKnownTable(Table::open(ids[i]), prefix, known[i], counted)) return {};
    } else {
      snapshot.addAbsentTable(ids[i]);
      if (known[i] != snapshot.tables().back().fingerprint) return {};
    }
  }
  snapshot.setKnown(counted);
  return snapshot;
}

CommitResult Session::commit(const Change& change, const std::string& prefix, const LockWait& wait,
                             StopSignal& stop) const {
  try {
    const XtablesLock lock = XtablesLock::acquire(lock_file_, wait, stop);
    return Transaction(change, prefix).run();
  } catch (Error& error) {
    if (!error.failure().left) error.failure().left = Left::kNothing;
    throw;
  }
}

}  // namespace portshift::iptc
