#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iptables/codec/rule.h"
#include "iptables/codec/target_codec.h"
#include "iptables/libiptc_api.h"
#include "iptables/table_id.h"
#include "util/bytes.h"

namespace portshift::iptc {

struct Policy {
  std::string verdict;
  xt::Counters counters;
};

struct Chain {
  std::string name;
  /** The policy; it is set for built-in chains only. */
  std::optional<Policy> policy;
};

/** One rule of a table. It is valid until the table is edited. */
struct TableEntry {
  ByteView bytes;
  /** The verdict or chain of a standard target; nullopt if the target is a module's. */
  std::optional<std::string_view> standard_name;

  Bytes canonical(Family family) const;
  /** Writes the canonical entry into `into`, replacing its content. */
  void writeCanonical(Family family, Bytes& into) const;
  xt::Counters counters(Family family) const;
};

/**
 * A copy of one table in memory, to be edited and written back to the kernel as a whole. The
 * xtables lock must be held from before open() until after commit(). Chains and positions refer to
 * the edited copy; positions count from 0.
 */
class Table {
 public:
  /**
   * Reads a table in this thread's network namespace, and creates it if it has never been used.
   * Throws an Error of kind kOpen. libiptc itself retries if the table changes during the read.
   */
  static Table open(TableId id);

  TableId id() const { return id_; }

  std::vector<Chain> chains() const;
  /** Returns the chain of that name, if there is one. */
  std::optional<Chain> findChain(const std::string& name) const;

  /** Calls `visit(const TableEntry&)` for every rule of the chain, in order. */
  template <class Visit>
  void forEachRule(const std::string& chain, Visit&& visit) const;
  /** Calls `visit` only for the rules that jump to a chain whose name begins with `prefix`. */
  template <class Visit>
  void forEachJump(const std::string& chain, std::string_view prefix, Visit&& visit) const;
  /** Returns true if the table has a rule, or a policy other than ACCEPT. */
  bool isUsed() const;
  std::size_t countRules(const std::string& chain) const;

  // These functions throw an Error of kind kOperation.
  void createChain(const std::string& chain);
  void deleteChain(const std::string& chain);
  void insert(const std::string& chain, std::size_t position, ByteView canonical,
              xt::Counters counters);
  void append(const std::string& chain, ByteView canonical, xt::Counters counters);
  void remove(const std::string& chain, std::size_t position);
  void setCounters(const std::string& chain, std::size_t position, xt::Counters counters);
  void setPolicy(const std::string& chain, const Policy& policy);

  /**
   * Replaces the kernel's table. Returns 0 or an errno. A failure does not prove that nothing has
   * changed, because libiptc sends the counters separately after the rules (IPT_SO_SET_REPLACE,
   * then IPT_SO_SET_ADD_COUNTERS). Afterwards the object can still be read: it has the content that
   * was to be committed.
   */
  int commit();

 private:
  using Handle = std::unique_ptr<xtc_handle, void (*)(xtc_handle *)>;

  Table(TableId id, const LibiptcApi& api, Handle handle)
      : id_(id), api_(&api), handle_(std::move(handle)) {}

  Chain chainNamed(const char *name) const;
  TableEntry view(const void *entry, std::string_view target) const;
  void keepPolicyCounters();
  /** Returns an entry in the form that libiptc accepts. It is valid until the next call. */
  const void *installable(ByteView canonical, xt::Counters counters);
  void check(int result, const char *function, const std::string& chain) const;

  TableId id_;
  const LibiptcApi *api_;
  Handle handle_;
  Bytes installable_;
};

template <class Visit>
void Table::forEachRule(const std::string& chain, Visit&& visit) const {
  const void *entry = api_->first_rule(chain.c_str(), handle_.get());
  while (entry != nullptr) {
    visit(view(entry, api_->get_target(entry, handle_.get())));
    entry = api_->next_rule(entry, handle_.get());
  }
}

template <class Visit>
void Table::forEachJump(const std::string& chain, std::string_view prefix, Visit&& visit) const {
  const void *entry = api_->first_rule(chain.c_str(), handle_.get());
  while (entry != nullptr) {
    const std::string_view target = api_->get_target(entry, handle_.get());
    if (target.substr(0, prefix.size()) == prefix) {
      const TableEntry jump = view(entry, target);
      if (jump.standard_name && !jump.standard_name->empty() &&
          !xt::verdictNamed(*jump.standard_name)) {
        visit(jump);
      }
    }
    entry = api_->next_rule(entry, handle_.get());
  }
}

}  // namespace portshift::iptc
