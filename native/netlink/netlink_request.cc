#include "netlink/netlink_request.h"

#include <cstring>

namespace portshift::conntrack {

NetlinkRequest::NetlinkRequest(std::uint16_t type, std::uint16_t flags, ByteView body)
    : bytes_(NLMSG_HDRLEN) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST);
  storeAt(bytes_, 0, header);
  append(body);
}

NetlinkRequest& NetlinkRequest::add(std::uint16_t type, ByteView value) {
  nlattr header{};
  header.nla_type = type;
  header.nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + value.size());
  append({&header, sizeof header});
  append(value);
  return *this;
}

NetlinkRequest& NetlinkRequest::endNest(std::size_t start) {
  auto header = loadAt<nlattr>(bytes_, start);
  header.nla_len = static_cast<std::uint16_t>(bytes_.size() - start);
  storeAt(bytes_, start, header);
  return *this;
}

ByteView NetlinkRequest::number(std::uint32_t sequence) {
  auto header = loadAt<nlmsghdr>(bytes_);
  header.nlmsg_len = static_cast<std::uint32_t>(bytes_.size());
  header.nlmsg_seq = sequence;
  storeAt(bytes_, 0, header);
  return bytes_;
}

void NetlinkRequest::append(ByteView bytes) {
  const std::size_t start = bytes_.size();
  bytes_.resize(NLMSG_ALIGN(start + bytes.size()));
  if (bytes.size() != 0) std::memcpy(bytes_.data() + start, bytes.data(), bytes.size());
}

}  // namespace portshift::conntrack
