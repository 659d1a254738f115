#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/bytes.h"
#include "nft/decoded_expression.h"
#include "nft/objects.h"

namespace portshift::nft {

/** What a chain, rule or set is in; families are NFPROTO_*. */
struct TableName {
  std::uint8_t family = 0;
  std::string table;
};

struct RulesetChain {
  TableName in;
  std::uint64_t handle = 0;
  Chain chain;
  std::vector<std::string> devices;
  /** No packet comes to any chain of its table. */
  bool is_dormant = false;
};

struct RulesetSet {
  TableName in;
  std::uint64_t handle = 0;
  Set set;
  std::size_t size = 0;
};

struct RulesetRule {
  TableName in;
  std::string chain;
  std::uint64_t handle = 0;
  DecodedExpressions expressions;
  std::string comment;
};

using RulesetItem = std::variant<RulesetChain, RulesetSet, RulesetRule>;

/** Data, a verdict or an object where the set is a map of those. */
struct RulesetElement {
  Bytes key;
  Bytes key_end;
  bool ends_range = false;
  bool is_catch_all = false;
  Bytes data;
  std::optional<DecodedVerdict> verdict;
  std::string object;
  DecodedExpressions expressions;
  std::string comment;
  /** In milliseconds. */
  std::optional<std::uint64_t> expires;
};

/**
 * All that nf_tables has in one network namespace, at one generation, as the messages that the
 * kernel answered with: a few large blocks whatever their number, which the event loop can destroy
 * in no time. What is in them is decoded when it is asked for.
 */
class Ruleset {
 public:
  /** Counts the transactions in the network namespace. */
  std::uint32_t generation = 0;

  // To be added in this order; each takes a message of that kind.
  void addTable(const nlmsghdr *message);
  void addChain(const nlmsghdr *message);
  void addSet(const nlmsghdr *message);
  void addRule(const nlmsghdr *message);
  /** To the set of that index; one set after the other. */
  void addElements(std::size_t set, const nlmsghdr *message);

  std::size_t sets() const { return sets_.size(); }
  /** Table, name and family of a set, for asking for its elements. */
  RulesetSet set(std::size_t index) const;

  /** Chains, sets and rules, in that order. */
  std::size_t size() const { return chains_.size() + sets_.size() + rules_.size(); }
  RulesetItem at(std::size_t index) const;

  /** Set by set. */
  std::size_t elements() const { return elements_.size(); }
  RulesetElement element(std::size_t index) const;

  /** Whether it is the same but for what was counted. */
  bool equals(const Ruleset& other) const { return hash_ == other.hash_; }

 private:
  struct StoredTable {
    TableName name;
    bool is_dormant = false;
  };
  struct StoredChain {
    std::size_t offset = 0;
    bool is_dormant = false;
  };
  struct StoredSet {
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  std::size_t store(const nlmsghdr *message);
  const nlmsghdr *messageAt(std::size_t offset) const;
  RulesetChain chain(std::size_t index) const;
  RulesetRule rule(std::size_t index) const;
  bool isDormant(const TableName& name) const;

  /** Messages one after the other. */
  Bytes messages_;
  std::vector<StoredTable> tables_;
  std::vector<StoredChain> chains_;
  std::vector<StoredSet> sets_;
  /** Where their messages begin. */
  std::vector<std::size_t> rules_;
  /** Where their attributes begin. */
  std::vector<std::size_t> elements_;
  std::uint64_t hash_ = 0;
};

}  // namespace portshift::nft
