// Preloaded into a process that changes rules. On request it spoils what that process hands to the
// kernel, so that the kernel itself refuses it, or ends the process right before or after.
//
// The request is in the file that PORTSHIFT_SABOTAGE names: `refuse N`, `refuse-from N`,
// `kill-before N`, `kill-after N`. N counts the commits of legacy tables, or the messages of one
// nf_tables batch. The file is emptied when it is done.

#include <dlfcn.h>
#include <netinet/in.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Request {
  std::string action;
  long number = 0;
};

const char *requestFile() {
  return std::getenv("PORTSHIFT_SABOTAGE");
}

Request readRequest() {
  Request request;
  const char *path = requestFile();
  FILE *file = path == nullptr ? nullptr : std::fopen(path, "re");
  if (file == nullptr) return request;
  char action[16] = "";
  if (std::fscanf(file, "%15s %ld", action, &request.number) == 2) request.action = action;
  std::fclose(file);
  return request;
}

void writeRequest(const std::string& text) {
  FILE *file = std::fopen(requestFile(), "we");
  if (file == nullptr) std::abort();
  std::fputs(text.c_str(), file);
  std::fclose(file);
}

bool refuses(const Request& request) {
  return request.action.rfind("refuse", 0) == 0;
}

// Done once, or from now on every time.
void settle(const Request& request) {
  writeRequest(request.action == "refuse-from" ? "refuse-from 0" : "");
}

[[noreturn]] void die() {
  std::raise(SIGKILL);
  std::abort();
}

template <typename Function>
Function *next(const char *name) {
  return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

std::vector<char> joined(const msghdr *message) {
  std::vector<char> bytes;
  for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
    const auto *begin = static_cast<const char *>(message->msg_iov[i].iov_base);
    bytes.insert(bytes.end(), begin, begin + message->msg_iov[i].iov_len);
  }
  return bytes;
}

// The header of the nth message between the begin and the end of a batch; null where there are
// fewer, or it is no batch.
nlmsghdr *messageOfBatch(std::vector<char>& bytes, long number) {
  std::size_t at = 0;
  for (long i = 0; at + sizeof(nlmsghdr) <= bytes.size(); ++i) {
    auto *header = reinterpret_cast<nlmsghdr *>(bytes.data() + at);
    if (i == 0 && header->nlmsg_type != NFNL_MSG_BATCH_BEGIN) return nullptr;
    if (header->nlmsg_type == NFNL_MSG_BATCH_END) return nullptr;
    if (i == number) return header;
    at += NLMSG_ALIGN(header->nlmsg_len);
  }
  return nullptr;
}

}  // namespace

extern "C" int setsockopt(int fd, int level, int option, const void *value,
                          socklen_t length) noexcept {
  static auto *const real = next<decltype(setsockopt)>("setsockopt");
  const bool commits =
      (level == IPPROTO_IP || level == IPPROTO_IPV6) && option == IPT_SO_SET_REPLACE;
  Request request;
  if (commits) request = readRequest();
  if (request.action.empty()) return real(fd, level, option, value, length);
  if (request.number > 1) {
    writeRequest(request.action + " " + std::to_string(request.number - 1));
    return real(fd, level, option, value, length);
  }
  settle(request);
  if (request.action == "kill-before") die();
  std::vector<char> bytes(static_cast<const char *>(value),
                          static_cast<const char *>(value) + length);
  // ip6t_replace begins like ipt_replace.
  if (refuses(request)) reinterpret_cast<ipt_replace *>(bytes.data())->num_entries += 1;
  const int result = real(fd, level, option, bytes.data(), length);
  if (request.action == "kill-after") die();
  return result;
}

extern "C" ssize_t sendmsg(int fd, const msghdr *message, int flags) {
  static auto *const real = next<decltype(sendmsg)>("sendmsg");
  const auto *address = static_cast<const sockaddr *>(message->msg_name);
  Request request;
  if (address != nullptr && address->sa_family == AF_NETLINK) request = readRequest();
  if (request.action.empty()) return real(fd, message, flags);
  std::vector<char> bytes = joined(message);
  nlmsghdr *const header = messageOfBatch(bytes, request.number);
  if (header == nullptr) return real(fd, message, flags);
  settle(request);
  if (request.action == "kill-before") die();
  if (refuses(request)) header->nlmsg_type |= 0xff;
  iovec part{bytes.data(), bytes.size()};
  msghdr spoilt = *message;
  spoilt.msg_iov = &part;
  spoilt.msg_iovlen = 1;
  const ssize_t result = real(fd, &spoilt, flags);
  if (request.action == "kill-after") die();
  return result;
}
