#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "nftables/decoded_expression.h"
#include "nftables/objects.h"
#include "util/bytes.h"

namespace portshift::nft {

/** The table that contains a chain, rule or set. Families are NFPROTO_*. */
struct TableName {
  std::uint8_t family = 0;
  std::string table;
};

struct RulesetChain {
  TableName in;
  std::uint64_t handle = 0;
  Chain chain;
  std::vector<std::string> devices;
  /** True if the table is dormant: no packet enters any of its chains. */
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

/**
 * An element of a set or map. Which of data, verdict and object it has depends on the type of the
 * map.
 */
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
  /** The time left in milliseconds. */
  std::optional<std::uint64_t> expires;
};

/**
 * All of nf_tables in one network namespace at one generation, stored as the messages that the
 * kernel sent: a few large blocks, whatever their number, so that destroying them does not delay
 * the event loop. Objects are decoded on access.
 */
class Ruleset {
 public:
  /** The number that nf_tables increments with every transaction in the network namespace. */
  std::uint32_t generation = 0;

  // Objects must be added in this order. Each function takes a message of its kind.
  void addTable(const nlmsghdr *message);
  void addChain(const nlmsghdr *message);
  void addSet(const nlmsghdr *message);
  void addRule(const nlmsghdr *message);
  /** Adds elements to the set of that index, one set after the other. */
  void addElements(std::size_t set, const nlmsghdr *message);

  std::size_t sets() const { return sets_.size(); }
  /** Returns a set with its table, name and family, which a dump of its elements needs. */
  RulesetSet set(std::size_t index) const;

  /** The number of chains, sets and rules, which at() returns in that order. */
  std::size_t size() const { return chains_.size() + sets_.size() + rules_.size(); }
  RulesetItem at(std::size_t index) const;

  /** The number of elements, which element() returns set by set. */
  std::size_t elements() const { return elements_.size(); }
  RulesetElement element(std::size_t index) const;

  /** True if both rulesets differ in nothing but counters and other state. */
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

  /** All messages, one after the other. */
  Bytes messages_;
  std::vector<StoredTable> tables_;
  std::vector<StoredChain> chains_;
  std::vector<StoredSet> sets_;
  /** The offsets of the rules' messages. */
  std::vector<std::size_t> rules_;
  /** The offsets of the elements' attributes. */
  std::vector<std::size_t> elements_;
  std::uint64_t hash_ = 0;
};

}  // namespace portshift::nft
