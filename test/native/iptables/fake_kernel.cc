#include "iptables/fake_kernel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "iptables/codec/canonical_entry.h"
#include "iptables/codec/entry_codec.h"
#include "iptables/codec/entry_layout.h"
#include "iptables/codec/target_codec.h"
#include "iptables/libiptc_api.h"
#include "iptables/raw_tables.h"
#include "iptables/table_names.h"
#include "util/hash.h"

using portshift::Bytes;
using portshift::ByteView;
using portshift::Family;

/** What libiptc keeps of one table: a copy, and where its iterators are. */
struct xtc_handle {
  xtc_handle(fake::TableKey which, fake::FakeTable copy)
      : key(std::move(which)), table(std::move(copy)) {}

  fake::TableKey key;
  fake::FakeTable table;
  std::size_t chain = 0;
  fake::FakeChain *walked = nullptr;
  std::size_t rule = 0;
  /** Policies that were set since; libiptc sets the counters of all others to zero. */
  std::set<std::string> policies;
};

namespace fake {

namespace {

int refuse(int code) {
  errno = code;
  return 0;
}

std::string describe(const TableKey& key) {
  return std::string(familyName(key.first)).append(" ").append(key.second);
}

template <Family kFamily>
xtc_handle *init(const char *name) {
  const TableKey key{kFamily, name};
  kernel().calls.push_back("open " + describe(key));
  if (kernel().forbidden.count(key) != 0) {
    errno = EPERM;
    return nullptr;
  }
  return std::make_unique<xtc_handle>(key, kernel().table(kFamily, name)).release();
}

void release(xtc_handle *handle) {
  const std::unique_ptr<xtc_handle> owner(handle);
}

int commit(xtc_handle *handle) {
  kernel().calls.push_back("commit " + describe(handle->key));
  Outcome outcome = succeed;
  if (!kernel().outcomes.empty()) {
    outcome = kernel().outcomes.front();
    kernel().outcomes.pop_front();
  }
  for (FakeChain& chain : handle->table.chains) {
    if (chain.policy_counters && handle->policies.count(chain.name) == 0) {
      chain.policy_counters = portshift::xt::Counters{};
    }
  }
  const int code = outcome(kernel().tables.at(handle->key), handle->table);
  return code == 0 ? 1 : refuse(code);
}

const char *nextChain(xtc_handle *handle) {
  const auto& chains = handle->table.chains;
  return handle->chain < chains.size() ? chains[handle->chain++].name.c_str() : nullptr;
}

const char *firstChain(xtc_handle *handle) {
  handle->chain = 0;
  return nextChain(handle);
}

int isChain(const char *name, xtc_handle *handle) {
  return handle->table.find(name) != nullptr;
}

int builtIn(const char *name, xtc_handle *handle) {
  return handle->table.find(name)->policy_counters.has_value();
}

const char *getPolicy(const char *name, xt_counters *counters, xtc_handle *handle) {
  const auto& policy = handle->table.find(name)->policy_counters;
  *counters = {policy->packets, policy->bytes};
  return "ACCEPT";
}

int setPolicy(const char *name, const char * /*policy*/, xt_counters *counters,
              xtc_handle *handle) {
  handle->table.find(name)->policy_counters = {counters->pcnt, counters->bcnt};
  handle->policies.insert(name);
  return 1;
}

const void *nextRule(const void * /*previous*/, xtc_handle *handle) {
  const auto& rules = handle->walked->rules;
  return handle->rule < rules.size() ? rules[handle->rule++].data() : nullptr;
}

const void *firstRule(const char *name, xtc_handle *handle) {
  handle->walked = handle->table.find(name);
  handle->rule = 0;
  return handle->walked == nullptr ? nullptr : nextRule(nullptr, handle);
}

const char *getTarget(const void *entry, xtc_handle *handle) {
  const std::size_t target = portshift::xt::withLayout(handle->key.first, [entry](auto layout) {
    using Entry = typename decltype(layout)::Entry;
    return portshift::loadAt<Entry>(ByteView(entry, sizeof(Entry))).target_offset;
  });
  const char *const name =
      static_cast<const char *>(entry) + target + offsetof(xt_entry_target, u.user.name);
  // As libiptc does: a verdict's name is not where the entry is.
  const auto verdict = portshift::xt::verdictNamed(name);
  return verdict ? portshift::xt::verdictName(*verdict).data() : name;
}

int insertEntry(const char *name, const void *entry, unsigned int position, xtc_handle *handle) {
  FakeChain *const chain = handle->table.find(name);
  if (chain == nullptr) return refuse(ENOENT);
  if (position > chain->rules.size()) return refuse(E2BIG);
  const auto bytes = portshift::xt::withLayout(handle->key.first, [entry](auto layout) {
    using Entry = typename decltype(layout)::Entry;
    return ByteView(entry, portshift::loadAt<Entry>(ByteView(entry, sizeof(Entry))).next_offset);
  });
  chain->rules.emplace(chain->rules.begin() + position, bytes.begin(), bytes.end());
  return 1;
}

int appendEntry(const char *name, const void *entry, xtc_handle *handle) {
  FakeChain *const chain = handle->table.find(name);
  if (chain == nullptr) return refuse(ENOENT);
  return insertEntry(name, entry, static_cast<unsigned int>(chain->rules.size()), handle);
}

int deleteNumEntry(const char *name, unsigned int position, xtc_handle *handle) {
  FakeChain *const chain = handle->table.find(name);
  if (chain == nullptr || position >= chain->rules.size()) return refuse(E2BIG);
  chain->rules.erase(chain->rules.begin() + position);
  return 1;
}

int setCounter(const char *name, unsigned int position, xt_counters *counters, xtc_handle *handle) {
  FakeChain *const chain = handle->table.find(name);
  if (chain == nullptr) return refuse(ENOENT);
  if (position == 0 || position > chain->rules.size()) return refuse(E2BIG);
  setCounters(chain->rules[position - 1], {counters->pcnt, counters->bcnt});
  return 1;
}

int createChain(const char *name, xtc_handle *handle) {
  if (handle->table.find(name) != nullptr) return refuse(EEXIST);
  handle->table.chains.push_back({name, std::nullopt, {}});
  return 1;
}

int deleteChain(const char *name, xtc_handle *handle) {
  FakeChain *const chain = handle->table.find(name);
  if (chain == nullptr) return refuse(ENOENT);
  if (!chain->rules.empty()) return refuse(ENOTEMPTY);
  handle->table.chains.erase(handle->table.chains.begin() + (chain - handle->table.chains.data()));
  return 1;
}

template <Family kFamily>
constexpr portshift::iptc::LibiptcApi kApi = {
    init<kFamily>, release,     commit,         firstChain, nextChain,   isChain,
    builtIn,       getPolicy,   setPolicy,      firstRule,  nextRule,    getTarget,
    insertEntry,   appendEntry, deleteNumEntry, setCounter, createChain, deleteChain,
};

std::string portOf(const Bytes& entry) {
  const auto rule = portshift::xt::decodeEntry(
      Family::kIpv4, portshift::xt::canonicalEntry(Family::kIpv4, entry, "DROP"));
  const auto& tcp = std::get<portshift::xt::TcpMatch>(rule.matches.at(0));
  return std::to_string(tcp.destination_ports.value().first);
}

}  // namespace

FakeChain *FakeTable::find(const std::string& name) {
  const auto found = std::find_if(chains.begin(), chains.end(),
                                  [&name](const FakeChain& each) { return each.name == name; });
  return found == chains.end() ? nullptr : &*found;
}

std::string FakeTable::text() const {
  std::string text;
  for (const FakeChain& chain : chains) {
    text += (text.empty() ? "" : "; ") + chain.name + ":";
    for (const Bytes& entry : chain.rules) text += " " + portOf(entry);
  }
  return text;
}

int succeed(FakeTable& kernel, const FakeTable& wanted) {
  kernel = wanted;
  return 0;
}

Outcome failWith(int code) {
  return [code](FakeTable&, const FakeTable&) { return code; };
}

Outcome succeedButSay(int code) {
  return [code](FakeTable& kernel, const FakeTable& wanted) {
    kernel = wanted;
    return code;
  };
}

Outcome loseCounters(int code) {
  return [code](FakeTable& kernel, const FakeTable& wanted) {
    kernel = wanted;
    for (FakeChain& chain : kernel.chains) {
      if (chain.policy_counters) chain.policy_counters = portshift::xt::Counters{};
      for (Bytes& entry : chain.rules) setCounters(entry, {});
    }
    return code;
  };
}

void setCounters(Bytes& entry, portshift::xt::Counters counters) {
  const xt_counters values{counters.packets, counters.bytes};
  std::memcpy(entry.data() + offsetof(ipt_entry, counters), &values, sizeof values);
}

FakeTable& Kernel::table(Family family, const std::string& name) {
  const auto [found, added] = tables.try_emplace({family, name});
  if (added) found->second.chains = {{"INPUT", portshift::xt::Counters{7, 700}, {}}};
  return found->second;
}

Kernel& kernel() {
  static Kernel only;
  return only;
}

Bytes ruleFor(std::uint16_t port) {
  portshift::xt::Rule rule;
  rule.protocol = 6;
  rule.matches = {portshift::xt::TcpMatch{portshift::xt::PortSpan{port, port}, false}};
  rule.target = portshift::xt::Verdict::kDrop;
  return portshift::xt::encodeEntry(Family::kIpv4, rule);
}

}  // namespace fake

namespace portshift::iptc {

const LibiptcApi& libiptcApi(Family family) {
  return family == Family::kIpv4 ? fake::kApi<Family::kIpv4> : fake::kApi<Family::kIpv6>;
}

std::optional<std::vector<std::string>> TableNames::list(Family family) {
  if (fake::kernel().are_names_hidden) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& [key, table] : fake::kernel().tables) {
    if (key.first == family) names.push_back(key.second);
  }
  return names;
}

bool RawTables::isThere(TableId id) {
  return fake::kernel().tables.count({id.family, tableName(id.table)}) != 0;
}

std::optional<std::uint64_t> RawTables::digest(TableId id) {
  portshift::Hash hash;
  for (const auto& chain : fake::kernel().table(id.family, tableName(id.table)).chains) {
    hash.add(chain.name);
    for (Bytes rule : chain.rules) {
      fake::setCounters(rule, {});
      hash.add(rule);
    }
  }
  return hash.value();
}

void RawTables::probe(Family /*family*/) {}

std::string forbiddenTables(Family /*family*/, int /*code*/) {
  return {};
}

}  // namespace portshift::iptc
