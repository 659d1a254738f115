#include "iptables/table.h"

#include <netinet/in.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include <linux/netfilter/x_tables.h>

#include "iptables/codec/canonical_entry.h"
#include "iptables/codec/entry_layout.h"
#include "iptables/raw_tables.h"
#include "util/error.h"
#include "util/transient.h"

namespace portshift::iptc {

namespace {

constexpr int kOpenAttempts = 10;
constexpr std::chrono::milliseconds kOpenPause{2};

/** Reads enough of the entry to find its size. */
ByteView entryAt(Family family, const void *entry) {
  const std::size_t head =
      xt::withLayout(family, [](auto layout) { return sizeof(typename decltype(layout)::Entry); });
  return {entry, xt::entrySize(family, ByteView(entry, head))};
}

std::string functionName(Family family, const char *function) {
  return (family == Family::kIpv4 ? "iptc_" : "ip6tc_") + std::string(function);
}

}  // namespace

Bytes TableEntry::canonical(Family family) const {
  return xt::canonicalEntry(family, bytes, standard_name);
}

void TableEntry::writeCanonical(Family family, Bytes& into) const {
  xt::writeCanonicalEntry(family, bytes, standard_name, into);
}

xt::Counters TableEntry::counters(Family family) const {
  return xt::entryCounters(family, bytes);
}

Table Table::open(TableId id) {
  const LibiptcApi& api = libiptcApi(id.family);
  for (int attempt = 1;; ++attempt) {
    errno = 0;
    Handle handle(api.init(tableName(id.table)), api.free);
    if (handle != nullptr) return {id, api, std::move(handle)};
    const int code = errno;
    if (isTransient(code) && attempt < kOpenAttempts) {
      std::this_thread::sleep_for(kOpenPause);
      continue;
    }
    Error error =
        Error::fromErrno(ErrorKind::kOpen, functionName(id.family, "init"), code, describe(id))
            .withForbidden(forbiddenTables(id.family, code));
    error.failure().family = id.family;
    error.failure().table = tableName(id.table);
    throw error;
  }
}

std::vector<Chain> Table::chains() const {
  std::vector<Chain> chains;
  const char *name = api_->first_chain(handle_.get());
  while (name != nullptr) {
    chains.push_back(chainNamed(name));
    name = api_->next_chain(handle_.get());
  }
  return chains;
}

bool Table::isUsed() const {
  for (const char *name = api_->first_chain(handle_.get()); name != nullptr;
       name = api_->next_chain(handle_.get())) {
    if (api_->first_rule(name, handle_.get()) != nullptr) return true;
    const Chain chain = chainNamed(name);
    if (chain.policy && chain.policy->verdict != "ACCEPT") return true;
  }
  return false;
}

std::optional<Chain> Table::findChain(const std::string& name) const {
  if (api_->is_chain(name.c_str(), handle_.get()) == 0) return std::nullopt;
  return chainNamed(name.c_str());
}

Chain Table::chainNamed(const char *name) const {
  Chain chain{name, std::nullopt};
  if (api_->builtin(name, handle_.get()) != 0) {
    xt_counters counters{};
    const char *const verdict = api_->get_policy(name, &counters, handle_.get());
    chain.policy = Policy{verdict == nullptr ? "" : verdict, {counters.pcnt, counters.bcnt}};
  }
  return chain;
}

std::size_t Table::countRules(const std::string& chain) const {
  std::size_t count = 0;
  forEachRule(chain, [&count](const TableEntry& /*entry*/) { ++count; });
  return count;
}

TableEntry Table::view(const void *entry, std::string_view target) const {
  TableEntry view{entryAt(id_.family, entry), std::nullopt};
  // A standard target that was read from the kernel has no name in the entry; one that was added
  // since has the name of its chain or verdict there. libiptc returns the name of a module's target
  // as a pointer into the entry, and other names as pointers elsewhere.
  if (!view.bytes.contains(target.data())) view.standard_name = target;
  return view;
}

void Table::check(int result, const char *function, const std::string& chain) const {
  if (result != 0) return;
  const int code = errno;
  throw Error::fromErrno(ErrorKind::kOperation, functionName(id_.family, function), code,
                         describe(id_) + " " + chain);
}

void Table::createChain(const std::string& chain) {
  check(api_->create_chain(chain.c_str(), handle_.get()), "create_chain", chain);
}

void Table::deleteChain(const std::string& chain) {
  check(api_->delete_chain(chain.c_str(), handle_.get()), "delete_chain", chain);
}

void Table::insert(const std::string& chain, std::size_t position, ByteView canonical,
                   xt::Counters counters) {
  check(api_->insert_entry(chain.c_str(), installable(canonical, counters),
                           static_cast<unsigned int>(position), handle_.get()),
        "insert_entry", chain);
}

void Table::append(const std::string& chain, ByteView canonical, xt::Counters counters) {
  check(api_->append_entry(chain.c_str(), installable(canonical, counters), handle_.get()),
        "append_entry", chain);
}

const void *Table::installable(ByteView canonical, xt::Counters counters) {
  xt::writeInstallableEntry(id_.family, canonical, counters, installable_);
  return installable_.data();
}

void Table::remove(const std::string& chain, std::size_t position) {
  check(api_->delete_num_entry(chain.c_str(), static_cast<unsigned int>(position), handle_.get()),
        "delete_num_entry", chain);
}

void Table::setCounters(const std::string& chain, std::size_t position, xt::Counters counters) {
  xt_counters values{counters.packets, counters.bytes};
  check(api_->set_counter(chain.c_str(), static_cast<unsigned int>(position) + 1, &values,
                          handle_.get()),
        "set_counter", chain);
}

void Table::setPolicy(const std::string& chain, const Policy& policy) {
  xt_counters counters{policy.counters.packets, policy.counters.bytes};
  check(api_->set_policy(chain.c_str(), policy.verdict.c_str(), &counters, handle_.get()),
        "set_policy", chain);
}

int Table::commit() {
  keepPolicyCounters();
  errno = 0;
  if (api_->commit(handle_.get()) != 0) return 0;
  return errno == 0 ? EIO : errno;
}

// Sets all policy counters, because libiptc (1.8.9) zeroes those of every built-in chain in a
// commit unless they were set explicitly.
void Table::keepPolicyCounters() {
  // libiptc lists the built-in chains first.
  for (const char *name = api_->first_chain(handle_.get()); name != nullptr;
       name = api_->next_chain(handle_.get())) {
    const Chain chain = chainNamed(name);
    if (!chain.policy) return;
    setPolicy(chain.name, *chain.policy);
  }
}

}  // namespace portshift::iptc
