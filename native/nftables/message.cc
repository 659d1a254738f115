#include "nftables/message.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>

#include "util/error.h"

namespace portshift::nft {

Message::Message(std::uint16_t type, std::uint16_t flags, std::uint8_t family,
                 std::uint16_t resource)
    : buffer_(new std::array<std::uint8_t, kLongestMessage>) {
  nlmsghdr *const header = mnl_nlmsg_put_header(buffer_->data());
  header->nlmsg_type = type;
  header->nlmsg_flags = NLM_F_REQUEST | flags;
  auto *const extra = static_cast<nfgenmsg *>(mnl_nlmsg_put_extra_header(header, sizeof(nfgenmsg)));
  extra->nfgen_family = family;
  extra->version = NFNETLINK_V0;
  extra->res_id = htons(resource);
}

Message& Message::put(std::uint16_t type, std::uint8_t value) {
  const std::size_t start = size();
  return padded(mnl_attr_put_u8_check(header(), kLongestMessage, type, value), start);
}

Message& Message::put(std::uint16_t type, std::uint32_t value) {
  const std::size_t start = size();
  return padded(mnl_attr_put_u32_check(header(), kLongestMessage, type, htonl(value)), start);
}

Message& Message::put(std::uint16_t type, std::uint64_t value) {
  const std::size_t start = size();
  return padded(mnl_attr_put_u64_check(header(), kLongestMessage, type, htobe64(value)), start);
}

Message& Message::put(std::uint16_t type, const std::string& text) {
  const std::size_t start = size();
  return padded(mnl_attr_put_strz_check(header(), kLongestMessage, type, text.c_str()), start);
}

Message& Message::put(std::uint16_t type, ByteView bytes) {
  const std::size_t start = size();
  return padded(mnl_attr_put_check(header(), kLongestMessage, type, bytes.size(), bytes.data()),
                start);
}

Message& Message::done(bool fits) {
  if (!fits) throw Error(ErrorKind::kInternal, "a netlink message is too long");
  return *this;
}

Message& Message::padded(bool fits, std::size_t start) {
  done(fits);
  const auto *const attribute = reinterpret_cast<const nlattr *>(buffer_->data() + start);
  std::uint8_t *const end = buffer_->data() + start + attribute->nla_len;
  std::fill(end, buffer_->data() + size(), std::uint8_t{0});
  return *this;
}

Message::Nest::Nest(Message& message, std::uint16_t type)
    : message_(message),
      start_(mnl_attr_nest_start_check(message.header(), kLongestMessage, type)) {
  message.done(start_ != nullptr);
}

Message::Nest::~Nest() {
  mnl_attr_nest_end(message_.header(), start_);
}

void putValue(Message& message, std::uint16_t type, ByteView bytes) {
  const Message::Nest nest(message, type);
  message.put(NFTA_DATA_VALUE, bytes);
}

std::uint16_t messageType(std::uint16_t message) {
  return static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message);
}

}  // namespace portshift::nft
