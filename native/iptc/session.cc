#include "iptc/session.h"

#include <algorithm>
#include <map>
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
                       const LockWait& wait, StopSignal& stop) const {
  const XtablesLock lock = XtablesLock::acquire(lock_file_, wait, stop);
  std::map<Family, std::vector<std::string>> present;
  Snapshot snapshot;
  for (const TableId id : ids) {
    auto names = present.find(id.family);
    if (names == present.end()) names = present.emplace(id.family, presentTables(id.family)).first;
    const auto& listed = names->second;
    if (std::find(listed.begin(), listed.end(), tableName(id.table)) == listed.end()) {
      snapshot.addAbsentTable(id);
    } else {
      snapshot.addTable(Table::open(id), prefix);
    }
  }
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
