// The floor of nf_tables: what any program has to do to move a port, and nothing else. Table `inet
// bench` with maps `pre` and `out` is there; a cycle is one batch that replaces one element in
// each, and the kernel's answer to it.

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <cstddef>
#include <ctime>
#include <initializer_list>

#include "bench/loop.h"

namespace {

using portshift::bench::fail;

constexpr std::uint16_t kTarget = 8443;
constexpr std::size_t kBatch = 4096;

class Maps {
 public:
  Maps() : socket_(mnl_socket_open(NETLINK_NETFILTER)) {
    if (socket_ == nullptr) fail("socket");
    if (mnl_socket_bind(socket_, 0, MNL_SOCKET_AUTOPID) != 0) fail("bind");
  }
  Maps(const Maps&) = delete;
  Maps& operator=(const Maps&) = delete;
  ~Maps() { mnl_socket_close(socket_); }

  void replace(std::uint16_t old_port, std::uint16_t new_port) {
    end_ = buffer_;
    boundary(NFNL_MSG_BATCH_BEGIN);
    for (const char *map : {"pre", "out"}) {
      if (old_port != 0) element(NFT_MSG_DELSETELEM, 0, map, old_port, false);
      element(NFT_MSG_NEWSETELEM, NLM_F_CREATE, map, new_port, true);
    }
    last_->nlmsg_flags |= NLM_F_ACK;
    const std::uint32_t awaited = last_->nlmsg_seq;
    boundary(NFNL_MSG_BATCH_END);
    if (mnl_socket_sendto(socket_, buffer_, static_cast<std::size_t>(end_ - buffer_)) < 0) {
      fail("sendto");
    }
    char answer[kBatch];
    const ssize_t size = mnl_socket_recvfrom(socket_, answer, sizeof answer);
    if (size < 0) fail("recvfrom");
    const auto *header = reinterpret_cast<const nlmsghdr *>(answer);
    const auto *error = static_cast<const nlmsgerr *>(mnl_nlmsg_get_payload(header));
    if (header->nlmsg_seq == awaited && header->nlmsg_type == NLMSG_ERROR && error->error == 0) {
      return;
    }
    errno = header->nlmsg_type == NLMSG_ERROR ? -error->error : EPROTO;
    fail("nf_tables");
  }

 private:
  nlmsghdr *start(int type, int flags, int family, int resource) {
    last_ = mnl_nlmsg_put_header(end_);
    last_->nlmsg_type = static_cast<std::uint16_t>(type);
    last_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    last_->nlmsg_seq = ++sequence_;
    auto *const generic =
        static_cast<nfgenmsg *>(mnl_nlmsg_put_extra_header(last_, sizeof(nfgenmsg)));
    generic->nfgen_family = static_cast<std::uint8_t>(family);
    generic->version = NFNETLINK_V0;
    generic->res_id = htons(static_cast<std::uint16_t>(resource));
    return last_;
  }

  void boundary(int type) {
    const nlmsghdr *const message = start(type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    end_ += message->nlmsg_len;
  }

  void element(int type, int flags, const char *map, std::uint16_t port, bool with_data) {
    nlmsghdr *const message = start((NFNL_SUBSYS_NFTABLES << 8) | type, flags, NFPROTO_INET, 0);
    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, "bench");
    mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, map);
    nlattr *const list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
    nlattr *const one = mnl_attr_nest_start(message, 1);
    value(message, NFTA_SET_ELEM_KEY, port);
    if (with_data) value(message, NFTA_SET_ELEM_DATA, kTarget);
    mnl_attr_nest_end(message, one);
    mnl_attr_nest_end(message, list);
    end_ += message->nlmsg_len;
  }

  static void value(nlmsghdr *message, std::uint16_t type, std::uint16_t port) {
    nlattr *const nest = mnl_attr_nest_start(message, type);
    mnl_attr_put_u16(message, NFTA_DATA_VALUE, htons(port));
    mnl_attr_nest_end(message, nest);
  }

  mnl_socket *socket_;
  char buffer_[kBatch]{};
  char *end_ = buffer_;
  nlmsghdr *last_ = nullptr;
  std::uint32_t sequence_ = static_cast<std::uint32_t>(std::time(nullptr));
};

}  // namespace

int main() {
  Maps maps;
  std::uint16_t port = 8445;
  maps.replace(0, port);
  return portshift::bench::serve([&maps, &port] {
    const std::uint16_t next = port == 8445 ? 8446 : 8445;
    maps.replace(port, next);
    port = next;
  });
}
