#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iptc/raw_tables.h"
#include "iptc/table.h"
#include "iptc/table_id.h"
#include "iptc/table_names.h"

namespace portshift::iptc {

struct OpenTable {
  Table table;
  std::uint64_t fingerprint;
};

/** What a change says of a table before it is read. */
struct ExpectedTable {
  TableId id;
  /** It is there, as far as is known: the kernel is not asked. */
  bool is_known = false;
  /** It is going to be edited; else only its fingerprint matters. */
  bool is_changed = false;
};

/** What lasts from one hold of the lock to the next. */
struct TableMemory {
  /** What a table was when its fingerprint was last taken for its own sake. */
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
 * Tables under one hold of the xtables lock, which must be held for as long as the object is asked
 * anything. Each is read when it is first asked for. `memory` must live as long.
 */
class LockedTables {
 public:
  LockedTables(std::string prefix, TableMemory& memory)
      : prefix_(std::move(prefix)), memory_(&memory) {}

  const std::string& prefix() const { return prefix_; }

  /**
   * The table's fingerprint; of one that nobody has used yet, that of a table without rules: it is
   * not created. Throws an Error of kind kOpen.
   */
  std::uint64_t fingerprint(const ExpectedTable& table);

  /** Creates the table if nobody has used it yet. Throws an Error of kind kOpen. */
  void open(TableId id);

  /** Hands over what was read, or else reads it. The fingerprint stays. */
  OpenTable take(TableId id);

  /** Reads it, whatever was read before. */
  OpenTable read(TableId id) const;

  /** Takes a table that nobody needs any more: to free a large one takes its time. */
  void retire(Table table) { retired_.push_back(std::move(table)); }

  /**
   * Whether anybody has used it yet; where the names of tables may not be read, whether the kernel
   * has such a table, which creates it. Throws an Error of kind kOpen.
   */
  bool isThere(TableId id);

 private:
  std::uint64_t look(TableId id);

  std::string prefix_;
  TableMemory *memory_;
  std::map<Family, std::optional<std::vector<std::string>>> names_;
  std::map<TableId, OpenTable> opened_;
  // Of those that were only looked at, or taken.
  std::map<TableId, std::uint64_t> fingerprints_;
  std::vector<Table> retired_;
};

}  // namespace portshift::iptc
