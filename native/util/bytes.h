#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>
#include <vector>

namespace portshift {

using Bytes = std::vector<std::uint8_t>;

/** A view of bytes that another object owns. */
class ByteView {
 public:
  ByteView() = default;
  ByteView(const void *data, std::size_t size)
      : data_(static_cast<const std::uint8_t *>(data)), size_(size) {}
  ByteView(const Bytes& bytes)  // NOLINT(google-explicit-constructor): a view of it, as string_view
      : ByteView(bytes.data(), bytes.size()) {}

  const std::uint8_t *data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  const std::uint8_t *begin() const noexcept { return data_; }
  const std::uint8_t *end() const noexcept { return data_ + size_; }

  /** Returns the part of the range that lies inside this view. */
  ByteView sub(std::size_t from, std::size_t count) const noexcept {
    if (from > size_) from = size_;
    if (count > size_ - from) count = size_ - from;
    return {data_ + from, count};
  }

  /** Returns true if `address` is the address of one of these bytes. */
  bool contains(const void *address) const noexcept {
    const std::less<> is_before;
    return !is_before(address, data_) && is_before(address, data_ + size_);
  }

  friend bool operator==(ByteView a, ByteView b) noexcept {
    return a.size_ == b.size_ && (a.size_ == 0 || std::memcmp(a.data_, b.data_, a.size_) == 0);
  }
  friend bool operator!=(ByteView a, ByteView b) noexcept { return !(a == b); }

 private:
  const std::uint8_t *data_ = nullptr;
  std::size_t size_ = 0;
};

/** Reads a kernel struct by copying it: its place in a buffer need not be aligned. */
template <class Struct>
Struct loadAt(ByteView bytes, std::size_t offset = 0) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  Struct value{};
  const ByteView from = bytes.sub(offset, sizeof value);
  if (from.size() != 0) std::memcpy(&value, from.data(), from.size());
  return value;
}

/** Copies `value` to `offset`. `bytes` must be large enough. */
template <class Struct>
void storeAt(Bytes& bytes, std::size_t offset, const Struct& value) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

}  // namespace portshift
