#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "iptables/chain_index.h"
#include "iptables/change.h"
#include "iptables/locked_tables.h"
#include "iptables/table.h"

namespace portshift::iptc {

/**
 * One edit with everything that is needed to repeat it on another copy of the table: positions
 * instead of values. It refers to the change that it came from.
 */
struct Edit {
  enum class Kind : std::uint8_t { kCreateChain, kDeleteChain, kInsert, kRemove };
  Kind kind = Kind::kInsert;
  std::string_view chain;
  std::size_t position = 0;
  ByteView entry;
  xt::Counters counters;
};

/** A table that was edited in memory. */
struct EditedTable {
  Table table;
  /** The fingerprint before the edits. */
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  /** The edits that undo the change, in this order. */
  std::vector<Edit> inverse;
};

/**
 * Applies a change to a table in memory and records the inverse edits. The change must outlive the
 * editor and the inverse edits.
 */
class TableEditor {
 public:
  /** The chains whose names begin with the prefix determine the fingerprint. */
  TableEditor(OpenTable opened, std::string_view prefix)
      : table_(std::move(opened.table)), before_(opened.fingerprint), prefix_(prefix) {}

  /** These functions throw an Error of kind kOperation. */
  void apply(const Operation& operation);
  void apply(const Edit& edit);

  EditedTable finish() &&;

 private:
  struct ChainState {
    Chain chain;
    bool exists = false;
    bool is_own = false;
    /** The contribution of the chain to the table's fingerprint before the edits. */
    std::uint64_t before = 0;
    // These are computed when needed; for an own chain, at once.
    std::optional<std::size_t> size;
    std::optional<ChainIndex> index;
  };

  ChainState& stateOf(std::string_view chain);

  void createChain(ChainState& state);
  void deleteChain(ChainState& state);
  void insert(ChainState& state, ByteView entry);
  void append(ChainState& state, ByteView entry);
  ChainIndex::Removed remove(ChainState& state, ByteView entry);

  std::size_t& sizeOf(ChainState& state) const;
  ChainIndex& indexOf(ChainState& state) const;
  std::uint64_t fingerprintNow(ChainState& state) const;

  Table table_;
  std::uint64_t before_;
  std::string_view prefix_;
  // The keys are names in the change.
  std::unordered_map<std::string_view, ChainState> chains_;
  std::vector<Edit> inverse_;
};

}  // namespace portshift::iptc
