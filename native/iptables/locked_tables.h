#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iptables/raw_tables.h"
#include "iptables/table.h"
#include "iptables/table_id.h"
#include "iptables/table_names.h"

namespace portshift::iptc {

struct OpenTable {
  Table table;
  std::uint64_t fingerprint;
};

/** The expectations of a change about a table before the table is read. */
struct ExpectedTable {
  TableId id;
  /** True if the table is known to exist, so that the kernel need not be asked. */
  bool is_known = false;
  /** True if the table is going to be edited; otherwise only its fingerprint is needed. */
  bool is_changed = false;
};

/** State that is kept from one hold of the lock to the next. */
struct TableMemory {
  /** The digest and fingerprint of a table that was last read for its fingerprint only. */
  struct Seen {
    std::uint64_t digest = 0;
    std::string prefix;
    std::uint64_t fingerprint = 0;
  };

  TableNames names;
  RawTables raw;
  std::map<TableId, Seen> seen;
};

/**
 * Tables under one hold of the xtables lock, which must be held whenever a member is called. A
 * table is read on first access. `memory` must outlive this object.
 */
class LockedTables {
 public:
  LockedTables(std::string prefix, TableMemory& memory)
      : prefix_(std::move(prefix)), memory_(&memory) {}

  const std::string& prefix() const { return prefix_; }

  /**
   * Returns the table's fingerprint. A table that has never been used has the fingerprint of a
   * table without rules and is not created. Throws an Error of kind kOpen.
   */
  std::uint64_t fingerprint(const ExpectedTable& table);

  /** Reads the table, and creates it if it has never been used. Throws an Error of kind kOpen. */
  void open(TableId id);

  /** Moves out the table that was read, or reads it. Its fingerprint is kept. */
  OpenTable take(TableId id);

  /** Reads the table even if it has been read before. */
  OpenTable read(TableId id) const;

  /**
   * Keeps a table that is no longer needed until this object is destroyed, because freeing a large
   * table takes time.
   */
  void retire(Table table) { retired_.push_back(std::move(table)); }

  /**
   * Returns true if the table has been used before. If the names of tables may not be read, returns
   * true if the kernel has such a table, which creates it. Throws an Error of kind kOpen.
   */
  bool isThere(TableId id);

 private:
  std::uint64_t look(TableId id);

  std::string prefix_;
  TableMemory *memory_;
  std::map<Family, std::optional<std::vector<std::string>>> names_;
  std::map<TableId, OpenTable> opened_;
  // The fingerprints of tables that were taken, or read for their fingerprint only.
  std::map<TableId, std::uint64_t> fingerprints_;
  std::vector<Table> retired_;
};

}  // namespace portshift::iptc
