#include "iptables/raw_tables.h"

#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "iptables/codec/entry_layout.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/sandbox.h"

namespace portshift::iptc {

namespace {

// Structs and numbers are the same for both families.
static_assert(sizeof(ipt_getinfo) == sizeof(ip6t_getinfo) &&
              sizeof(ipt_get_entries) == sizeof(ip6t_get_entries));
static_assert(IPT_SO_GET_INFO == IP6T_SO_GET_INFO && IPT_SO_GET_ENTRIES == IP6T_SO_GET_ENTRIES);

constexpr std::size_t kListHead = offsetof(ipt_get_entries, entrytable);

/** Hashes one entry without its counters. Returns its size, or 0 if it is malformed. */
template <class Layout>
std::size_t addEntry(Hash& hash, ByteView rest) {
  using Entry = typename Layout::Entry;
  if (rest.size() < sizeof(Entry)) return 0;
  const auto size = loadAt<decltype(Entry::next_offset)>(rest, offsetof(Entry, next_offset));
  constexpr std::size_t kCounters = offsetof(Entry, counters);
  constexpr std::size_t kAfter = kCounters + sizeof(Entry::counters);
  if (size < kAfter || size > rest.size()) return 0;
  hash.add(rest.sub(0, kCounters)).add(rest.sub(kAfter, size - kAfter));
  return size;
}

template <class Layout>
std::optional<std::uint64_t> digestOf(ByteView head, ByteView entries) {
  Hash hash;
  hash.add(head);
  while (entries.size() > 0) {
    const std::size_t size = addEntry<Layout>(hash, entries);
    if (size == 0) return std::nullopt;
    entries = entries.sub(size, entries.size());
  }
  return hash.value();
}

bool ask(int socket, Family family, int what, void *answer, std::size_t size) {
  const int level = family == Family::kIpv4 ? IPPROTO_IP : IPPROTO_IPV6;
  auto length = static_cast<socklen_t>(size);
  return ::getsockopt(socket, level, what, answer, &length) == 0 && length == size;
}

bool info(int socket, TableId id, ipt_getinfo& answer) {
  std::strncpy(answer.name, tableName(id.table), sizeof answer.name - 1);
  return ask(socket, id.family, IPT_SO_GET_INFO, &answer, sizeof answer);
}

int domainOf(Family family) {
  return family == Family::kIpv4 ? AF_INET : AF_INET6;
}

Error failed(const char *syscall, Family family, int code) {
  const std::string subject =
      "for the legacy tables of " + std::string(::portshift::familyName(family));
  Error error = Error::fromErrno(ErrorKind::kOpen, syscall, code, subject);
  error.failure().family = family;
  return error;
}

}  // namespace

std::string forbiddenTables(Family family, int code) {
  const int domain = domainOf(family);
  const UniqueFd socket(::socket(domain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  return socket ? forbiddenCall("getsockopt", CAP_NET_ADMIN, code)
                : forbiddenSocket(domain, SOCK_RAW, errno);
}

void RawTables::probe(Family family) {
  const int socket = socketOf(family);
  if (socket < 0) {
    const int code = errno;
    throw failed("socket", family, code)
        .withForbidden(forbiddenSocket(domainOf(family), SOCK_RAW, code));
  }
  // The buffer is too small for an answer: the kernel checks the caller's capabilities first
  // (do_ipt_get_ctl()), and then the length.
  char none = 0;
  socklen_t length = sizeof none;
  const int level = family == Family::kIpv4 ? IPPROTO_IP : IPPROTO_IPV6;
  if (::getsockopt(socket, level, IPT_SO_GET_INFO, &none, &length) == 0 || errno == EINVAL) return;
  const int code = errno;
  if (code == ENOPROTOOPT && family == Family::kIpv6) return;
  throw failed("getsockopt", family, code)
      .withForbidden(forbiddenCall("getsockopt", CAP_NET_ADMIN, code));
}

int RawTables::socketOf(Family family) {
  const bool is_ipv4 = family == Family::kIpv4;
  UniqueFd& socket = sockets_.at(is_ipv4 ? 0 : 1);
  if (!socket) {
    socket = UniqueFd(::socket(domainOf(family), SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  }
  return socket.get();
}

bool RawTables::isThere(TableId id) {
  ipt_getinfo answer{};
  // The function that loads a table's module fails with ENOENT if there is none
  // (xt_request_find_table_lock()).
  return info(socketOf(id.family), id, answer) || errno != ENOENT;
}

std::optional<std::uint64_t> RawTables::digest(TableId id) {
  const int socket = socketOf(id.family);
  ipt_getinfo about{};
  if (!info(socket, id, about)) return std::nullopt;

  Bytes list(kListHead + about.size);
  std::memcpy(list.data() + offsetof(ipt_get_entries, name), about.name, sizeof about.name);
  std::memcpy(list.data() + offsetof(ipt_get_entries, size), &about.size, sizeof about.size);
  // The kernel refuses the request if the size of the table has changed.
  if (!ask(socket, id.family, IPT_SO_GET_ENTRIES, list.data(), list.size())) return std::nullopt;

  const ByteView entries = ByteView(list).sub(kListHead, list.size());
  return xt::withLayout(id.family, [&](auto layout) {
    return digestOf<decltype(layout)>(ByteView(&about, sizeof about), entries);
  });
}

}  // namespace portshift::iptc
