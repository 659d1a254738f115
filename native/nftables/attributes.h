#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "util/bytes.h"

namespace portshift::nft {

/**
 * The attributes of one message or nest, by type. They point into the buffer that they were read
 * from.
 */
class Attributes {
 public:
  Attributes() = default;
  /** Reads the attributes of a message whose fixed part is an nfgenmsg. */
  explicit Attributes(const nlmsghdr *header);
  /** Reads the attributes that are nested in another one. */
  explicit Attributes(const nlattr *nest);

  bool has(std::uint16_t type) const { return find(type) != nullptr; }
  std::optional<std::uint8_t> u8(std::uint16_t type) const;
  /** Returns a number in host byte order; numbers have network byte order on the wire. */
  std::optional<std::uint32_t> u32(std::uint16_t type) const;
  std::optional<std::uint64_t> u64(std::uint16_t type) const;
  /** Returns an empty string if the attribute is absent. */
  std::string text(std::uint16_t type) const;
  ByteView bytes(std::uint16_t type) const;
  /** Returns the nested attributes, or none if the attribute is absent. */
  Attributes nest(std::uint16_t type) const;
  const nlattr *find(std::uint16_t type) const;

 private:
  void add(const nlattr *attribute);

  static constexpr std::size_t kTypes = 32;
  std::array<const nlattr *, kTypes> found_{};
};

/**
 * Calls `visit(const nlattr *)` for each attribute nested in another one. A null pointer has none.
 */
template <class Visit>
void forEachNested(const nlattr *nest, Visit visit) {
  if (nest == nullptr) return;
  const auto *const begin = static_cast<const char *>(mnl_attr_get_payload(nest));
  const char *const end = begin + mnl_attr_get_payload_len(nest);
  const auto *attribute = reinterpret_cast<const nlattr *>(begin);
  while (
      mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char *>(attribute)))) {
    visit(attribute);
    attribute = mnl_attr_next(attribute);
  }
}

/** Returns the bytes of a plain value (nft_data_attributes). */
Bytes readValue(const Attributes& parent, std::uint16_t type);

}  // namespace portshift::nft
