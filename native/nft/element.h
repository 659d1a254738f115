#pragma once

#include <optional>
#include <string>

#include "common/bytes.h"
#include "nft/attributes.h"
#include "nft/message.h"

namespace portshift::nft {

struct Counters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

/** An element of a set or map. A range in a set that is no concatenation is two of them: its start,
 * and the end after it. */
struct Element {
  Bytes key;
  /** The last key of a range in a concatenation; else empty. */
  Bytes key_end;
  /** Whether a range ends before this key. */
  bool ends_range = false;
  /** Whether a range begins here that no element ends. Only ever written. */
  bool is_open_ended = false;
  /** What the key maps to; empty in a set. */
  Bytes data;
  std::string comment;
  /** Only ever read. */
  std::optional<Counters> counters;
};

/** One entry of an element list. `whole`: not only what tells which one it is. */
void putElement(Message& message, const Element& element, bool whole);

Element readElement(const Attributes& attributes);

/** Of everything but the counters, together with the name of its set. */
std::uint64_t hashElement(const std::string& set, const Element& element);

}  // namespace portshift::nft
