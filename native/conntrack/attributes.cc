#include "conntrack/attributes.h"

#include <linux/netlink.h>

#include <cstring>

namespace portshift::conntrack {

Attributes Attributes::nested(std::uint16_t type) const {
  std::size_t offset = 0;
  while (size_ - offset >= sizeof(nlattr)) {
    nlattr header{};
    std::memcpy(&header, data_ + offset, sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > size_ - offset) break;
    if ((header.nla_type & NLA_TYPE_MASK) == type) {
      return {data_ + offset + NLA_HDRLEN, header.nla_len - static_cast<std::size_t>(NLA_HDRLEN)};
    }
    const std::size_t next = offset + NLA_ALIGN(header.nla_len);
    if (next > size_) break;
    offset = next;
  }
  return {};
}

template <class T>
std::optional<T> Attributes::value(std::uint16_t type) const {
  const Attributes found = nested(type);
  if (found.size_ < sizeof(T)) return std::nullopt;
  T result{};
  std::memcpy(&result, found.data_, sizeof result);
  return result;
}

template std::optional<std::uint8_t> Attributes::value(std::uint16_t) const;
template std::optional<std::uint16_t> Attributes::value(std::uint16_t) const;
template std::optional<std::uint32_t> Attributes::value(std::uint16_t) const;

}  // namespace portshift::conntrack
