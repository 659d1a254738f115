#pragma once

#include "iptables/codec/rule.h"
#include "util/bytes.h"

namespace portshift::xt {

/**
 * Appends a `struct xt_entry_match` or `xt_entry_target` (their layout is the same). Throws an
 * InvalidRule.
 */
void appendElement(Bytes& entry, const Extension& extension);

/**
 * Iterates over the matches of an entry and then its target. Ends early if a size in the entry is
 * invalid.
 */
class ElementIterator {
 public:
  ElementIterator(Family family, ByteView entry);

  bool atEnd() const { return size_ == 0; }
  bool isTarget() const { return offset_ == target_; }
  std::size_t offset() const { return offset_; }
  std::size_t size() const { return size_; }
  Extension extension() const;
  void next();

 private:
  void measure();

  ByteView entry_;
  std::size_t target_ = 0;
  std::size_t offset_ = 0;
  std::size_t size_ = 0;
};

}  // namespace portshift::xt
