#pragma once

#include "common/bytes.h"
#include "xt/rule.h"

namespace portshift::xt {

/** Appends a `struct xt_entry_match` or `xt_entry_target` (they are laid out alike). Throws
 * InvalidRule. */
void appendElement(Bytes& entry, const Extension& extension);

/** Goes through the matches of an entry and then its target; ends early where the sizes in it make
 * no sense. */
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
