#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace portshift::conntrack {

/** A run of netlink attributes (linux/netlink.h) in somebody else's memory. */
class Attributes {
 public:
  Attributes() = default;
  Attributes(const char *data, std::size_t size) : data_(data), size_(size) {}

  /** The attributes inside one; none where it is absent. */
  Attributes nested(std::uint16_t type) const;

  /** The value of one, in the byte order of the wire; nothing where it is absent or too short. */
  template <class T>
  std::optional<T> value(std::uint16_t type) const;

 private:
  const char *data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace portshift::conntrack
