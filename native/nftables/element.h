#pragma once

#include <optional>
#include <string>

#include "nftables/attributes.h"
#include "nftables/message.h"
#include "util/bytes.h"

namespace portshift::nft {

struct Counters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

/**
 * An element of a set or map. In a set that is not a concatenation, a range is two elements: its
 * start, and the key that follows its end.
 */
struct Element {
  Bytes key;
  /** The last key of a range in a concatenation; empty for other elements. */
  Bytes key_end;
  /** True if a range ends before this key (NFT_SET_ELEM_INTERVAL_END). */
  bool ends_range = false;
  /** True if a range begins here that no element ends. It is written but never read. */
  bool is_open_ended = false;
  /** The value that the key maps to; empty in a set. */
  Bytes data;
  std::string comment;
  /** The counters. They are read but never written. */
  std::optional<Counters> counters;
};

/**
 * Appends one entry of an element list. Unless `whole` is true, it contains only the keys and flags
 * that identify the element.
 */
void putElement(Message& message, const Element& element, bool whole);

Element readElement(const Attributes& attributes);

/** Returns a hash of the set's name and of everything in the element but its counters. */
std::uint64_t hashElement(const std::string& set, const Element& element);

}  // namespace portshift::nft
