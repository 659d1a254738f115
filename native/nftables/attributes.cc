#include "nftables/attributes.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>

namespace portshift::nft {

namespace {

template <class Number>
std::optional<Number> load(const nlattr *attribute) {
  if (attribute == nullptr || mnl_attr_get_payload_len(attribute) < sizeof(Number)) return {};
  return loadAt<Number>({mnl_attr_get_payload(attribute), sizeof(Number)});
}

}  // namespace

Attributes::Attributes(const nlmsghdr *header) {
  const auto *attribute =
      static_cast<const nlattr *>(mnl_nlmsg_get_payload_offset(header, sizeof(nfgenmsg)));
  const char *const end = reinterpret_cast<const char *>(header) + header->nlmsg_len;
  while (
      mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char *>(attribute)))) {
    add(attribute);
    attribute = mnl_attr_next(attribute);
  }
}

Attributes::Attributes(const nlattr *nest) {
  forEachNested(nest, [this](const nlattr *attribute) { add(attribute); });
}

void Attributes::add(const nlattr *attribute) {
  const std::uint16_t type = mnl_attr_get_type(attribute);
  if (type < kTypes) found_[type] = attribute;
}

const nlattr *Attributes::find(std::uint16_t type) const {
  return type < kTypes ? found_[type] : nullptr;
}

std::optional<std::uint8_t> Attributes::u8(std::uint16_t type) const {
  return load<std::uint8_t>(find(type));
}

std::optional<std::uint32_t> Attributes::u32(std::uint16_t type) const {
  const auto value = load<std::uint32_t>(find(type));
  return value ? std::optional(ntohl(*value)) : std::nullopt;
}

std::optional<std::uint64_t> Attributes::u64(std::uint16_t type) const {
  const auto value = load<std::uint64_t>(find(type));
  return value ? std::optional(be64toh(*value)) : std::nullopt;
}

std::string Attributes::text(std::uint16_t type) const {
  const ByteView raw = bytes(type);
  return {raw.begin(), std::find(raw.begin(), raw.end(), 0)};
}

ByteView Attributes::bytes(std::uint16_t type) const {
  const nlattr *const attribute = find(type);
  if (attribute == nullptr) return {};
  return {mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)};
}

Attributes Attributes::nest(std::uint16_t type) const {
  return Attributes(find(type));
}

Bytes readValue(const Attributes& parent, std::uint16_t type) {
  const Attributes data = parent.nest(type);
  const ByteView bytes = data.bytes(NFTA_DATA_VALUE);
  return {bytes.begin(), bytes.end()};
}

}  // namespace portshift::nft
