#pragma once

#include <linux/netfilter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nft/operation.h"

namespace portshift::nft {

/** Where in a batch something is. */
struct Place {
  std::size_t operation = 0;
  /** Of a NewElements or DeleteElements. */
  std::optional<std::size_t> element;
};

/**
 * Operations on one table as the messages of one transaction. Their sequence numbers are
 * given when they are sent.
 */
class Batch {
 public:
  explicit Batch(std::string table, std::uint8_t family = NFPROTO_INET)
      : table_(std::move(table)), family_(family) {}

  const std::string& table() const { return table_; }
  /** An NFPROTO_*. */
  std::uint8_t family() const { return family_; }

  /** Throws an Error of kind kInternal for what no message can carry. */
  void add(const Operation& operation);

  std::size_t messages() const { return messages_.size(); }
  /** Messages one after the other, in blocks that end between two of them. */
  const std::vector<Bytes>& blocks() const { return blocks_; }

  /** Which operation message number `message` stands for, and what lies at an offset in it. */
  Place placeOf(std::size_t message, std::size_t offset) const;

  /** True if it does more than add and delete elements. */
  bool changesStructure() const { return changes_structure_; }
  /** What it does to the sum of the hashes of the table's elements. */
  std::uint64_t hashDelta() const { return hash_delta_; }

 private:
  friend struct OperationEncoder;

  struct MessageInfo {
    std::size_t operation;
    /** Of an element list: index of its first element, and the offset of each in the message. */
    std::size_t first_element = 0;
    std::vector<std::uint32_t> offsets;
  };

  Message start(std::uint16_t type, std::uint16_t flags) const;
  void append(const Message& message, MessageInfo info);
  void addElements(const std::string& set, const std::vector<Element>& elements, bool adds);

  std::string table_;
  std::uint8_t family_;
  std::vector<Bytes> blocks_;
  std::vector<MessageInfo> messages_;
  std::size_t operations_ = 0;
  std::uint32_t sets_ = 0;
  bool changes_structure_ = false;
  std::uint64_t hash_delta_ = 0;
};

}  // namespace portshift::nft
