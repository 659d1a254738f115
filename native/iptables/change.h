#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "iptables/table_id.h"
#include "util/bytes.h"

namespace portshift::iptc {

enum class OperationKind : std::uint8_t { kCreateChain, kDeleteChain, kInsert, kAppend, kDelete };

/**
 * One edit of a table. `entry` is canonical; it is empty if the operation creates or deletes a
 * chain.
 */
struct Operation {
  OperationKind kind = OperationKind::kAppend;
  std::string_view chain;
  ByteView entry;
};

/** A sequence of operations, stored in two allocations whatever its length. */
class OperationBlock {
 public:
  void add(OperationKind kind, std::string_view chain, ByteView entry);

  std::size_t size() const { return records_.size(); }
  Operation at(std::size_t index) const;

 private:
  struct Record {
    OperationKind kind;
    std::uint32_t offset;
    std::uint32_t chain_size;
    std::uint32_t entry_size;
  };

  std::vector<Record> records_;
  Bytes bytes_;
};

/** One transaction on one table. */
struct Step {
  TableId table;
  /**
   * The fingerprint, as in TableState, that the table must have when the commit begins. If it is
   * empty, any fingerprint is accepted.
   */
  std::string expect;
  std::vector<OperationBlock> blocks;

  std::size_t size() const;
};

struct Change {
  std::vector<Step> steps;
};

}  // namespace portshift::iptc
