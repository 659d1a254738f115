// Preloaded, it writes down what this kernel answers, as seeds for the targets:
// PORTSHIFT_FUZZ_DIRECTORY/seeds/TARGET/HASH.
#include <dlfcn.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include "util/bytes.h"

using portshift::Bytes;
using portshift::ByteView;
using portshift::loadAt;

namespace {

/** As -max_len of `run`. */
constexpr std::size_t kLongestSeed = 8192;

template <class Function>
Function *original(const char *name) {
  return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, name));
}

void write(const std::string& target, const Bytes& seed) {
  const char *const directory = std::getenv("PORTSHIFT_FUZZ_DIRECTORY");
  if (directory == nullptr || seed.size() > kLongestSeed) return;
  const std::string bytes(seed.begin(), seed.end());
  std::ofstream file(std::string(directory) + "/seeds/" + target + "/" +
                         std::to_string(std::hash<std::string>()(bytes)),
                     std::ios::binary);
  file << bytes;
}

int option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  const auto get = original<decltype(::getsockopt)>("getsockopt");
  return get(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/** All that the kernel has said to one thread since a conversation began, for each thing that it
 * can be the answer to. */
void recordConversation(const std::string& target, const Bytes& seed, bool begins,
                        std::uint8_t questions) {
  thread_local std::map<std::string, Bytes> conversations;
  Bytes& said = conversations[target];
  if (begins || said.size() + seed.size() > kLongestSeed) said.clear();
  said.insert(said.end(), seed.begin(), seed.end());
  for (std::uint8_t question = 0; question < questions; ++question) {
    Bytes conversation{question};
    conversation.insert(conversation.end(), said.begin(), said.end());
    write(target, conversation);
  }
}

/** The target takes a number from 0 to 7; in a conversation nearly all answer the first message. */
Bytes numbered(Bytes messages) {
  std::size_t offset = 0;
  while (offset + sizeof(nlmsghdr) <= messages.size()) {
    auto header = loadAt<nlmsghdr>(messages, offset);
    header.nlmsg_seq = 0;
    portshift::storeAt(messages, offset, header);
    if (header.nlmsg_len < sizeof header) break;
    offset += NLMSG_ALIGN(header.nlmsg_len);
  }
  return messages;
}

void recordNetlink(int fd, ByteView received) {
  const Bytes seed(received.begin(), received.end());
  const int type = loadAt<nlmsghdr>(received).nlmsg_type;
  const int subsystem = type >> 8U;
  const bool netfilter = option(fd, SO_PROTOCOL) == NETLINK_NETFILTER;
  if (netfilter && subsystem != NFNL_SUBSYS_CTNETLINK) {
    write("nft", seed);
    const bool begins = type == (NFNL_SUBSYS_NFTABLES << 8U | NFT_MSG_NEWGEN);
    recordConversation("nft_answers", numbered(seed), begins, 5);
  }
  if (!netfilter || subsystem != NFNL_SUBSYS_NFTABLES) {
    write("connections", seed);
    recordConversation("connection_answers", numbered(seed), type == SOCK_DIAG_BY_FAMILY, 3);
  }
}

template <class Entries, class Entry>
void recordTable(std::uint8_t family, ByteView answer) {
  const ByteView entries =
      answer.sub(sizeof(Entries), loadAt<std::uint32_t>(answer, offsetof(Entries, size)));
  Bytes table{family};
  std::size_t offset = 0;
  while (offset < entries.size()) {
    const std::size_t size = loadAt<Entry>(entries, offset).next_offset;
    if (size == 0) break;
    const ByteView entry = entries.sub(offset, size);
    for (const std::uint8_t standard : {0, 2 | 1 << 2, 2 | 2 << 2}) {
      Bytes seed{static_cast<std::uint8_t>(family | standard)};
      seed.insert(seed.end(), entry.begin(), entry.end());
      write("entry", seed);
    }
    const std::size_t units = std::min<std::size_t>(size / alignof(_xt_align), 63);
    table.push_back(static_cast<std::uint8_t>(units << 2U | 1U));
    table.insert(table.end(), entry.begin(), entry.end());
    offset += size;
  }
  write("snapshot", table);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) ssize_t recvmsg(int fd, msghdr *message,
                                                                  int flags) {
  const ssize_t size = original<decltype(::recvmsg)>("recvmsg")(fd, message, flags);
  if (size > 0 && message->msg_iovlen == 1 && option(fd, SO_DOMAIN) == AF_NETLINK) {
    const iovec& part = message->msg_iov[0];
    recordNetlink(fd, {part.iov_base, std::min(part.iov_len, static_cast<std::size_t>(size))});
  }
  return size;
}

extern "C" __attribute__((visibility("default"))) int getsockopt(int fd, int level, int name,
                                                                 void *value, socklen_t *size) {
  const int result = original<decltype(::getsockopt)>("getsockopt")(fd, level, name, value, size);
  if (result != 0) return result;
  if (level == IPPROTO_IP && name == IPT_SO_GET_ENTRIES) {
    recordTable<ipt_get_entries, ipt_entry>(0, {value, *size});
  } else if (level == IPPROTO_IPV6 && name == IP6T_SO_GET_ENTRIES) {
    recordTable<ip6t_get_entries, ip6t_entry>(1, {value, *size});
  }
  return result;
}
