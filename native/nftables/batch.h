#pragma once

#include <linux/netfilter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nftables/operation.h"

namespace portshift::nft {

/** The position of an operation in a batch. */
struct Place {
  std::size_t operation = 0;
  /** The index of the element in a NewElements or DeleteElements. */
  std::optional<std::size_t> element;
};

/**
 * Operations on one table, encoded as the messages of one transaction. Sequence numbers are
 * assigned when the messages are sent.
 */
class Batch {
 public:
  explicit Batch(std::string table, std::uint8_t family = NFPROTO_INET)
      : table_(std::move(table)), family_(family) {}

  const std::string& table() const { return table_; }
  /** Returns an NFPROTO_*. */
  std::uint8_t family() const { return family_; }

  /** Encodes an operation. Throws an Error of kind kInternal if it does not fit a message. */
  void add(const Operation& operation);

  std::size_t messages() const { return messages_.size(); }
  /** The encoded messages, one after the other, in blocks that end at a message boundary. */
  const std::vector<Bytes>& blocks() const { return blocks_; }

  /**
   * Returns the operation that message number `message` encodes, and the element at `offset` in it.
   */
  Place placeOf(std::size_t message, std::size_t offset) const;

  /** True if the batch does more than add and delete elements. */
  bool changesStructure() const { return changes_structure_; }
  /** The change of the sum of the hashes of the table's elements. */
  std::uint64_t hashDelta() const { return hash_delta_; }

 private:
  friend struct OperationEncoder;

  struct MessageInfo {
    std::size_t operation;
    /**
     * For an element list: the index of its first element, and the offset of each in the message.
     */
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
