// Prints every entry of one legacy table as the kernel hands it out, one line each:
//   OFFSET NEXT_OFFSET HEX
// It speaks to the kernel directly (IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES), so it depends on nothing
// that it checks.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

namespace {

struct Ipv4 {
  using Info = ipt_getinfo;
  using Entries = ipt_get_entries;
  using Entry = ipt_entry;
  static constexpr int kDomain = AF_INET;
  static constexpr int kLevel = IPPROTO_IP;
  static constexpr int kGetInfo = IPT_SO_GET_INFO;
  static constexpr int kGetEntries = IPT_SO_GET_ENTRIES;
};

struct Ipv6 {
  using Info = ip6t_getinfo;
  using Entries = ip6t_get_entries;
  using Entry = ip6t_entry;
  static constexpr int kDomain = AF_INET6;
  static constexpr int kLevel = IPPROTO_IPV6;
  static constexpr int kGetInfo = IP6T_SO_GET_INFO;
  static constexpr int kGetEntries = IP6T_SO_GET_ENTRIES;
};

int fail(const char *what) {
  std::perror(what);
  return 1;
}

template <class F>
int dump(const char *table) {
  const int sock = ::socket(F::kDomain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  if (sock < 0) return fail("socket");

  typename F::Info info{};
  std::strncpy(info.name, table, sizeof info.name - 1);
  socklen_t size = sizeof info;
  if (::getsockopt(sock, F::kLevel, F::kGetInfo, &info, &size) != 0) return fail("GET_INFO");

  std::vector<unsigned char> buffer(sizeof(typename F::Entries) + info.size);
  typename F::Entries request{};
  std::memcpy(request.name, info.name, sizeof info.name);
  request.size = info.size;
  std::memcpy(buffer.data(), &request, sizeof request);
  size = static_cast<socklen_t>(buffer.size());
  if (::getsockopt(sock, F::kLevel, F::kGetEntries, buffer.data(), &size) != 0)
    return fail("GET_ENTRIES");
  ::close(sock);

  const unsigned char *const begin = buffer.data() + sizeof(typename F::Entries);
  for (std::size_t offset = 0; offset < info.size;) {
    typename F::Entry entry;
    std::memcpy(&entry, begin + offset, sizeof entry);
    std::printf("%zu %u ", offset, entry.next_offset);
    for (std::size_t i = 0; i < entry.next_offset; ++i) std::printf("%02x", begin[offset + i]);
    std::printf("\n");
    offset += entry.next_offset;
  }
  return 0;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: dump_entries ipv4|ipv6 TABLE\n");
    return 2;
  }
  return std::strcmp(argv[1], "ipv6") == 0 ? dump<Ipv6>(argv[2]) : dump<Ipv4>(argv[2]);
}
