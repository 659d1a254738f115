#include "iptables/locked_tables.h"

#include <algorithm>
#include <utility>

#include "iptables/fingerprint.h"

namespace portshift::iptc {

std::uint64_t LockedTables::fingerprint(const ExpectedTable& table) {
  const auto opened = opened_.find(table.id);
  if (opened != opened_.end()) return opened->second.fingerprint;
  const auto known = fingerprints_.find(table.id);
  if (known != fingerprints_.end()) return known->second;
  if (!table.is_known && !isThere(table.id)) return emptyFingerprint();
  if (!table.is_changed) return fingerprints_[table.id] = look(table.id);
  open(table.id);
  return opened_.at(table.id).fingerprint;
}

bool LockedTables::isThere(TableId id) {
  auto names = names_.find(id.family);
  if (names == names_.end()) {
    names = names_.emplace(id.family, memory_->names.list(id.family)).first;
  }
  const auto& listed = names->second;
  if (!listed) return memory_->raw.isThere(id);
  return std::find(listed->begin(), listed->end(), tableName(id.table)) != listed->end();
}

/** Returns the fingerprint, without libiptc if the kernel's table is the same as the last time. */
std::uint64_t LockedTables::look(TableId id) {
  const auto digest = memory_->raw.digest(id);
  auto& seen = memory_->seen[id];
  if (digest && seen.digest == *digest && seen.prefix == prefix_) return seen.fingerprint;
  const std::uint64_t fingerprint = read(id).fingerprint;
  // Another digest means that a process without the lock changed the table meanwhile.
  if (digest && memory_->raw.digest(id) == digest) seen = {*digest, prefix_, fingerprint};
  return fingerprint;
}

void LockedTables::open(TableId id) {
  if (opened_.count(id) == 0) opened_.emplace(id, read(id));
}

OpenTable LockedTables::take(TableId id) {
  auto node = opened_.extract(id);
  OpenTable taken = node.empty() ? read(id) : std::move(node.mapped());
  fingerprints_[id] = taken.fingerprint;
  return taken;
}

OpenTable LockedTables::read(TableId id) const {
  Table table = Table::open(id);
  const std::uint64_t fingerprint = fingerprintOf(table, prefix_);
  return {std::move(table), fingerprint};
}

}  // namespace portshift::iptc
