// The lower bound for the legacy tables: the work that any program has to do to move a port, and
// nothing else. A cycle reads the nat table, replaces one redirect in PREROUTING and one in OUTPUT,
// and commits. It takes no lock, checks nothing and reads nothing back.

#include <libiptc/libiptc.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <netinet/in.h>

#include <cstddef>
#include <cstring>
#include <initializer_list>

#include "bench/loop.h"

namespace {

using portshift::bench::fail;

constexpr std::uint16_t kTarget = 8443;

constexpr std::size_t kMatch = sizeof(ipt_entry);
constexpr std::size_t kTargetAt = kMatch + XT_ALIGN(sizeof(xt_entry_match) + sizeof(xt_tcp));
constexpr std::size_t kTargetSize =
    XT_ALIGN(sizeof(xt_entry_target) + sizeof(nf_nat_ipv4_multi_range_compat));

/** `-p tcp --dport PORT -j REDIRECT --to-ports 8443`. */
struct Redirect {
  alignas(8) unsigned char bytes[kTargetAt + kTargetSize]{};

  explicit Redirect(std::uint16_t port) {
    auto& rule = at<ipt_entry>(0);
    rule.ip.proto = IPPROTO_TCP;
    rule.target_offset = kTargetAt;
    rule.next_offset = sizeof bytes;
    auto& match = at<xt_entry_match>(kMatch);
    match.u.user.match_size = kTargetAt - kMatch;
    std::strcpy(match.u.user.name, "tcp");
    auto& tcp = at<xt_tcp>(kMatch + sizeof(xt_entry_match));
    tcp.spts[1] = 0xffff;
    tcp.dpts[0] = tcp.dpts[1] = port;
    auto& target = at<xt_entry_target>(kTargetAt);
    target.u.user.target_size = kTargetSize;
    std::strcpy(target.u.user.name, "REDIRECT");
    auto& to = at<nf_nat_ipv4_multi_range_compat>(kTargetAt + sizeof(xt_entry_target));
    to.rangesize = 1;
    to.range[0].flags = NF_NAT_RANGE_PROTO_SPECIFIED;
    to.range[0].min.all = to.range[0].max.all = htons(kTarget);
  }

  [[nodiscard]] const ipt_entry *entry() const {
    return reinterpret_cast<const ipt_entry *>(bytes);
  }

 private:
  template <class T>
  T& at(std::size_t offset) {
    return *reinterpret_cast<T *>(bytes + offset);
  }
};

void replace(std::uint16_t old_port, std::uint16_t new_port) {
  xtc_handle *const table = iptc_init("nat");
  if (table == nullptr) fail("iptc_init");
  for (const char *chain : {"PREROUTING", "OUTPUT"}) {
    if (old_port != 0) {
      const Redirect redirect(old_port);
      unsigned char mask[sizeof redirect.bytes];
      std::memset(mask, 0xff, sizeof mask);
      if (iptc_delete_entry(chain, redirect.entry(), mask, table) == 0) fail("iptc_delete_entry");
    }
    const Redirect redirect(new_port);
    if (iptc_append_entry(chain, redirect.entry(), table) == 0) fail("iptc_append_entry");
  }
  if (iptc_commit(table) == 0) fail("iptc_commit");
  iptc_free(table);
}

}  // namespace

int main() {
  std::uint16_t port = 8445;
  replace(0, port);
  return portshift::bench::serve([&port] {
    const std::uint16_t next = port == 8445 ? 8446 : 8445;
    replace(port, next);
    port = next;
  });
}
