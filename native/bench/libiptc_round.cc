// The lower bound for the legacy tables when published ports are moved among many: portshift's own
// rules are installed. A cycle reads the nat table, replaces rules in place by rules for the
// neighbouring ports, and commits. It takes no lock, checks nothing and reads nothing back.
// usage: libiptc_round one|all    the rules of one published port, or of all

#include <libiptc/libiptc.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_tcpudp.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "bench/loop.h"

namespace {

using portshift::bench::fail;

xtc_handle *read() {
  xtc_handle *const table = iptc_init("nat");
  if (table == nullptr) fail("iptc_init");
  return table;
}

/** Returns the offset of the ports, or 0 if the rule has none. */
std::size_t placeOfPorts(const ipt_entry *entry) {
  const auto *const bytes = reinterpret_cast<const unsigned char *>(entry);
  for (std::size_t at = sizeof(ipt_entry); at < entry->target_offset;) {
    const auto *const match = reinterpret_cast<const xt_entry_match *>(bytes + at);
    if (std::strcmp(match->u.user.name, "tcp") == 0) return at + sizeof(xt_entry_match);
    at += match->u.match_size;
  }
  return 0;
}

/** The rule of a published port. */
class Redirect {
 public:
  Redirect(std::string chain, unsigned number, const ipt_entry *entry)
      : chain_(std::move(chain)), number_(number), ports_(placeOfPorts(entry)) {
    const auto *const bytes = reinterpret_cast<const unsigned char *>(entry);
    bytes_.assign(bytes, bytes + entry->next_offset);
  }

  [[nodiscard]] std::uint16_t port() const {
    return reinterpret_cast<const xt_tcp *>(bytes_.data() + ports_)->dpts[0];
  }

  /**
   * Moves the rule to the neighbouring port. Even ports are published, so the next port of each is
   * free.
   */
  void move(xtc_handle *table) {
    auto *const tcp = reinterpret_cast<xt_tcp *>(bytes_.data() + ports_);
    for (std::uint16_t& port : tcp->dpts) port ^= 1U;
    const auto *const entry = reinterpret_cast<const ipt_entry *>(bytes_.data());
    if (iptc_replace_entry(chain_.c_str(), entry, number_, table) == 0) fail("iptc_replace_entry");
  }

 private:
  std::string chain_;
  unsigned number_;
  std::size_t ports_;
  std::vector<unsigned char> bytes_;
};

std::vector<Redirect> redirects() {
  std::vector<Redirect> found;
  xtc_handle *const table = read();
  for (const char *chain = iptc_first_chain(table); chain != nullptr;
       chain = iptc_next_chain(table)) {
    unsigned number = 0;
    for (const ipt_entry *entry = iptc_first_rule(chain, table); entry != nullptr;
         entry = iptc_next_rule(entry, table)) {
      // All other rules are jumps between chains.
      if (std::strcmp(iptc_get_target(entry, table), "DNAT") == 0) {
        found.emplace_back(chain, number, entry);
      }
      ++number;
    }
  }
  iptc_free(table);
  return found;
}

void move(std::vector<Redirect>& redirects) {
  xtc_handle *const table = read();
  for (Redirect& redirect : redirects) redirect.move(table);
  if (iptc_commit(table) == 0) fail("iptc_commit");
  iptc_free(table);
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 2) return 2;
  std::vector<Redirect> all = redirects();
  if (all.empty()) return 1;
  if (std::strcmp(arguments[1], "one") == 0) {
    const std::uint16_t port = all.front().port();
    all.erase(std::remove_if(all.begin(), all.end(),
                             [port](const Redirect& each) { return each.port() != port; }),
              all.end());
  }
  return portshift::bench::serve([&all] { move(all); });
}
