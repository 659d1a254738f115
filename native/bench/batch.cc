#include "bench/batch.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>

#include "bench/loop.h"

namespace portshift::bench {

namespace {

constexpr std::size_t kAnswer = 4096;

/** The type of a comment in nft's user data. The length after it includes the terminating zero. */
constexpr char kComment = 0;

}  // namespace

Batch::Batch(std::size_t room) : socket_(mnl_socket_open(NETLINK_NETFILTER)), buffer_(room) {
  if (socket_ == nullptr) fail("socket");
  if (mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID) != 0) fail("bind");
}

Batch::~Batch() {
  mnl_socket_close(socket_);
}

void Batch::begin() {
  end_ = buffer_.data();
  start(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
}

void Batch::remove(const char *map) {
  startElements(NFT_MSG_DELSETELEM, 0, map);
}

void Batch::add(const char *map) {
  startElements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, map);
}

void Batch::key(std::uint16_t port) {
  nlattr *const one = mnl_attr_nest_start(message_, NFTA_LIST_ELEM);
  value(NFTA_SET_ELEM_KEY, port);
  mnl_attr_nest_end(message_, one);
}

void Batch::element(std::uint16_t port, std::uint16_t target, const std::string& comment) {
  nlattr *const one = mnl_attr_nest_start(message_, NFTA_LIST_ELEM);
  value(NFTA_SET_ELEM_KEY, port);
  value(NFTA_SET_ELEM_DATA, target);
  if (!comment.empty()) {
    const auto length = static_cast<char>(comment.size() + 1);
    const std::string data = std::string{kComment, length} + comment;
    mnl_attr_put(message_, NFTA_SET_ELEM_USERDATA, data.size() + 1, data.c_str());
  }
  mnl_attr_nest_end(message_, one);
}

void Batch::commit() {
  message_->nlmsg_flags |= NLM_F_ACK;
  const std::uint32_t last = message_->nlmsg_seq;
  start(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
  end();
  const auto size = static_cast<std::size_t>(end_ - buffer_.data());
  if (mnl_socket_sendto(socket_, buffer_.data(), size) < 0) fail("sendto");
  await(last);
}

void Batch::start(int type, int flags, int family, int resource) {
  end();
  message_ = mnl_nlmsg_put_header(end_);
  message_->nlmsg_type = static_cast<std::uint16_t>(type);
  message_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  message_->nlmsg_seq = ++sequence_;
  auto *const generic =
      static_cast<nfgenmsg *>(mnl_nlmsg_put_extra_header(message_, sizeof(nfgenmsg)));
  generic->nfgen_family = static_cast<std::uint8_t>(family);
  generic->version = NFNETLINK_V0;
  generic->res_id = htons(static_cast<std::uint16_t>(resource));
}

void Batch::startElements(int type, int flags, const char *map) {
  start((NFNL_SUBSYS_NFTABLES << 8) | type, flags, NFPROTO_INET, 0);
  mnl_attr_put_strz(message_, NFTA_SET_ELEM_LIST_TABLE, "bench");
  mnl_attr_put_strz(message_, NFTA_SET_ELEM_LIST_SET, map);
  elements_ = mnl_attr_nest_start(message_, NFTA_SET_ELEM_LIST_ELEMENTS);
}

/** Ends the message, if there is one. */
void Batch::end() {
  if (message_ == nullptr) return;
  if (elements_ != nullptr) mnl_attr_nest_end(message_, elements_);
  end_ += message_->nlmsg_len;
  message_ = nullptr;
  elements_ = nullptr;
}

void Batch::await(std::uint32_t sequence) {
  char answer[kAnswer];
  const ssize_t size = mnl_socket_recvfrom(socket_, answer, sizeof answer);
  if (size < 0) fail("recvfrom");
  const auto *header = reinterpret_cast<const nlmsghdr *>(answer);
  const auto *error = static_cast<const nlmsgerr *>(mnl_nlmsg_get_payload(header));
  if (header->nlmsg_seq == sequence && header->nlmsg_type == NLMSG_ERROR && error->error == 0) {
    return;
  }
  errno = header->nlmsg_type == NLMSG_ERROR ? -error->error : EPROTO;
  fail("nf_tables");
}

void Batch::value(std::uint16_t type, std::uint16_t port) {
  nlattr *const nest = mnl_attr_nest_start(message_, type);
  mnl_attr_put_u16(message_, NFTA_DATA_VALUE, htons(port));
  mnl_attr_nest_end(message_, nest);
}

}  // namespace portshift::bench
