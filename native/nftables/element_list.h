#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "nftables/element.h"
#include "util/bytes.h"

namespace portshift::nft {

/** An element in a list; valid as long as the list exists. */
struct ListedElement {
  /** The index of its set. */
  std::size_t set = 0;
  ByteView key;
  ByteView key_end;
  bool ends_range = false;
  ByteView data;
  std::string_view comment;
  std::optional<Counters> counters;
};

/**
 * A list of elements that are stored in a few large blocks, whatever their number, so that
 * destroying the list does not delay the event loop.
 */
class ElementList {
 public:
  void add(std::size_t set, const Element& element);

  std::size_t size() const { return records_.size(); }
  ListedElement at(std::size_t index) const;

 private:
  struct Record {
    std::size_t offset = 0;
    std::uint32_t set = 0;
    std::uint16_t key_size = 0;
    std::uint16_t key_end_size = 0;
    std::uint16_t data_size = 0;
    std::uint16_t comment_size = 0;
    bool ends_range = false;
    std::optional<Counters> counters;
  };

  std::vector<Record> records_;
  Bytes bytes_;
};

}  // namespace portshift::nft
