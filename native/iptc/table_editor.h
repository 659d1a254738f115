#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "iptc/chain_index.h"
#include "iptc/change.h"
#include "iptc/table.h"

namespace portshift::iptc {

/** One edit with everything needed to make it again elsewhere: positions instead of values. */
struct Edit {
  enum class Kind : std::uint8_t { kCreateChain, kDeleteChain, kInsert, kRemove };
  Kind kind = Kind::kInsert;
  std::string chain;
  std::size_t position = 0;
  Bytes entry;
  xt::Counters counters;
};

/** Throws an Error of kind kOperation. */
void applyEdit(Table& table, const Edit& edit);

/** Carries out operations on a table in memory and keeps what would undo them, if that is asked
 * for.
 */
class TableEditor {
 public:
  enum class Inverse : std::uint8_t { kKept, kForgotten };

  TableEditor(Table& table, Inverse inverse)
      : table_(table), keeps_inverse_(inverse == Inverse::kKept) {}

  /** Throws an Error of kind kOperation. */
  void apply(const Operation& operation);

  /** The inverse edits, to be made in this order on the table as it is after the operations. None
   * where they were not kept. */
  std::vector<Edit> takeInverse();

 private:
  struct ChainState {
    std::optional<std::size_t> size;
    std::optional<ChainIndex> index;
  };

  void createChain(const std::string& chain);
  void deleteChain(const std::string& chain);
  void insert(const std::string& chain, ByteView entry);
  void append(const std::string& chain, ByteView entry);
  void remove(const std::string& chain, ByteView entry);

  std::size_t& sizeOf(ChainState& state, const std::string& chain) const;
  ChainIndex& indexOf(ChainState& state, const std::string& chain) const;

  /** Takes the inverse of what was just done; not for a removal, which is more to put together. */
  void noteInverse(Edit::Kind kind, const std::string& chain, std::size_t position = 0);

  Table& table_;
  bool keeps_inverse_;
  std::unordered_map<std::string, ChainState> chains_;
  std::vector<Edit> inverse_;
};

}  // namespace portshift::iptc
