#include "netlink/attributes.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

namespace portshift::conntrack {

std::optional<ByteView> Attributes::find(std::uint16_t type) const {
  std::size_t offset = 0;
  while (offset < bytes_.size() && bytes_.size() - offset >= sizeof(nlattr)) {
    const auto header = loadAt<nlattr>(bytes_, offset);
    if (header.nla_len < NLA_HDRLEN || header.nla_len > bytes_.size() - offset) break;
    if ((header.nla_type & NLA_TYPE_MASK) == type) {
      return bytes_.sub(offset + NLA_HDRLEN, header.nla_len - static_cast<std::size_t>(NLA_HDRLEN));
    }
    offset += NLA_ALIGN(header.nla_len);
  }
  return std::nullopt;
}

Attributes Attributes::nested(std::uint16_t type) const {
  return Attributes(find(type).value_or(ByteView()));
}

template <class T>
std::optional<T> Attributes::value(std::uint16_t type) const {
  const auto found = find(type);
  if (!found || found->size() < sizeof(T)) return std::nullopt;
  return loadAt<T>(*found);
}

Attributes attributesOf(ByteView payload) {
  return Attributes(payload.sub(NLMSG_ALIGN(sizeof(nfgenmsg)), payload.size()));
}

template std::optional<std::uint8_t> Attributes::value(std::uint16_t) const;
template std::optional<std::uint16_t> Attributes::value(std::uint16_t) const;
template std::optional<std::uint32_t> Attributes::value(std::uint16_t) const;

}  // namespace portshift::conntrack
