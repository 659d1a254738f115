#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "common/bytes.h"

namespace portshift::nft {

/** The attributes of one message or nest, by type. Points into the buffer they were read from. */
class Attributes {
 public:
  Attributes() = default;
  /** Of a message whose fixed part is an nfgenmsg. */
  explicit Attributes(const nlmsghdr *header);
  /** Those nested in another one. */
  explicit Attributes(const nlattr *nest);

  bool has(std::uint16_t type) const { return find(type) != nullptr; }
  std::optional<std::uint8_t> u8(std::uint16_t type) const;
  /** Numbers are in network byte order on the wire. */
  std::optional<std::uint32_t> u32(std::uint16_t type) const;
  std::optional<std::uint64_t> u64(std::uint16_t type) const;
  /** Empty where it is absent. */
  std::string text(std::uint16_t type) const;
  ByteView bytes(std::uint16_t type) const;
  /** What is nested in it; nothing where it is absent. */
  Attributes nest(std::uint16_t type) const;
  const nlattr *find(std::uint16_t type) const;

 private:
  void add(const nlattr *attribute);

  static constexpr std::size_t kTypes = 32;
  std::array<const nlattr *, kTypes> found_{};
};

/** Calls `visit(const nlattr *)` for each attribute nested in another one; null has none. */
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

/** The bytes of an nft_data_attributes. */
Bytes readValue(const Attributes& parent, std::uint16_t type);

}  // namespace portshift::nft
