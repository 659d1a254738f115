#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "iptc/chain_index.h"
#include "iptc/change.h"
#include "iptc/locked_tables.h"
#include "iptc/table.h"

namespace portshift::iptc {

/** One edit with everything needed to make it again elsewhere: positions instead of values. It
 * refers to the change that it came from. */
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
  /** The fingerprint it was read with. */
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  /** The edits that would undo it, in this order. */
  std::vector<Edit> inverse;
};

/**
 * Carries out a change on a table in memory, and keeps what would undo it. The change must live as
 * long, and as long as the inverse that it gives.
 */
class TableEditor {
 public:
  /** Looks at the chains that begin with the prefix for the fingerprint. */
  TableEditor(OpenTable opened, std::string_view prefix)
      : table_(std::move(opened.table)), before_(opened.fingerprint), prefix_(prefix) {}

  /** These throw an Error of kind kOperation. */
  void apply(const Operation& operation);
  void apply(const Edit& edit);

  EditedTable finish() &&;

 private:
  struct ChainState {
    Chain chain;
    bool exists = false;
    bool is_own = false;
    /** What the chain added to the table's fingerprint. */
    std::uint64_t before = 0;
    // These are taken when they are needed; of an own chain, at once.
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
  // By names in the change.
  std::unordered_map<std::string_view, ChainState> chains_;
  std::vector<Edit> inverse_;
};

}  // namespace portshift::iptc
