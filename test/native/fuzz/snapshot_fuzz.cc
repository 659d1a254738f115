// A whole legacy table as libiptc hands it out: chains, and in each entries that are whole by their
// own account, as the kernel sees to (translate_table() in net/ipv4/netfilter/ip_tables.c). A byte
// for the family; then records of a byte that begins a chain or says how long an entry is at most.
#include <algorithm>
#include <string>
#include <vector>

#include <linux/netfilter/x_tables.h>

#include "fuzz/input.h"
#include "iptables/chain_index.h"
#include "iptables/codec/entry_layout.h"
#include "iptables/codec/invalid_rule.h"
#include "iptables/counted_rules.h"
#include "iptables/fake_kernel.h"
#include "iptables/fingerprint.h"
#include "iptables/owned_rules.h"
#include "iptables/snapshot.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

namespace {

/** Entries are aligned so. */
constexpr std::size_t kUnit = alignof(_xt_align);

constexpr const char *kChains[] = {"PREROUTING", "own-1", "own-web", "foreign"};

/** Only the head's sizes are put right; what is between them is anything. */
template <class Layout>
bool makeWhole(Bytes& entry, Layout /*layout*/) {
  using Entry = typename Layout::Entry;
  if (entry.size() < sizeof(Entry) + sizeof(xt_entry_target)) return false;
  auto head = loadAt<Entry>(entry);
  const std::size_t last = entry.size() - sizeof(xt_entry_target);
  head.next_offset = static_cast<std::uint16_t>(entry.size());
  head.target_offset =
      static_cast<std::uint16_t>(std::clamp<std::size_t>(head.target_offset, sizeof(Entry), last));
  storeAt(entry, 0, head);
  auto target = loadAt<xt_entry_target>(entry, head.target_offset);
  target.u.user.name[sizeof target.u.user.name - 1] = '\0';
  storeAt(entry, head.target_offset, target);
  return true;
}

fake::FakeTable readTable(Family family, fuzz::Input& input) {
  fake::FakeTable table{{{kChains[0], xt::Counters{}, {}}}};
  while (!input.isEmpty()) {
    const std::uint8_t record = input.byte();
    const char *const chain = kChains[record & 3U];
    if (table.find(chain) == nullptr) table.chains.push_back({chain, std::nullopt, {}});
    Bytes entry = input.take((record >> 2U) * kUnit);
    if (xt::withLayout(family, [&](auto layout) { return makeWhole(entry, layout); })) {
      table.find(chain)->rules.push_back(std::move(entry));
    }
  }
  return table;
}

/** A table that is known to be what it is: only what its rules have counted is read. */
void checkCounted(iptc::TableId id, std::uint64_t fingerprint) {
  iptc::Snapshot known;
  iptc::CountedRules counted;
  fuzz::require(known.addKnownTable(iptc::Table::open(id), "own-", fingerprint, counted));
  known.setKnown(counted);
  for (const iptc::CountedPage& page : known.counted()) {
    const auto ends = std::count(page.comments.begin(), page.comments.end(), '\n');
    fuzz::require(page.packets.size() == static_cast<std::size_t>(ends) + 1);
  }
}

/** Whatever rules say, they cross as whole records of fields, each of which ends with a zero byte.
 */
void checkPages(const iptc::Snapshot& snapshot) {
  constexpr std::size_t kPage = 3;
  constexpr std::size_t kFields = 7;
  std::size_t fields = 0;
  for (std::size_t from = 0; from < snapshot.size(); from += kPage) {
    const std::string_view page = snapshot.page(from, kPage);
    fuzz::require(!page.empty() && page.back() == '\0');
    fields += static_cast<std::size_t>(std::count(page.begin(), page.end(), '\0'));
  }
  fuzz::require(fields == kFields * snapshot.size());
}

/** The rules as entries, in their order. */
class Entries final : public iptc::OwnedVisitor {
 public:
  void chain(const iptc::Chain& /*chain*/) override {}
  void rule(const std::string& /*chain*/, const Bytes& canonical, xt::Counters) override {
    all.push_back(canonical);
  }
  void jump(const std::string& /*chain*/, const Bytes& canonical, xt::Counters) override {
    all.push_back(canonical);
  }

  std::vector<Bytes> all;
};

void checkEntries(const iptc::Table& table) {
  Entries entries;
  iptc::visitOwned(table, "own-", entries);
  iptc::ChainIndex index({});
  for (const Bytes& entry : entries.all) index.pushBack(iptc::hashOfRule(entry));
  for (const Bytes& entry : entries.all) {
    const auto removed = index.removeFirst(iptc::hashOfRule(entry));
    fuzz::require(removed && removed->position == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const Family family = (input.byte() & 1U) == 0 ? Family::kIpv4 : Family::kIpv6;
  const iptc::TableId id{family, iptc::TableName::kNat};
  fake::kernel() = {};
  fake::kernel().table(family, iptc::tableName(id.table)) = readTable(family, input);
  iptc::Snapshot snapshot;
  try {
    snapshot.addTable(iptc::Table::open(id), "own-");
  } catch (const xt::InvalidRule&) {
    return 0;
  }
  fuzz::require(snapshot.tables().front().fingerprint ==
                iptc::fingerprintOf(iptc::Table::open(id), "own-"));
  checkCounted(id, snapshot.tables().front().fingerprint);
  checkPages(snapshot);
  checkEntries(iptc::Table::open(id));
  return 0;
}
