#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "iptc/counted_rules.h"
#include "iptc/table.h"

namespace portshift::iptc {

struct TableState {
  TableId id;
  bool present = false;
  std::uint64_t fingerprint = 0;
  std::vector<Chain> chains;
};

/**
 * What was read, with the rules still as canonical entries in a few large blocks: making one is the
 * session thread's work, and destroying one takes the event loop no time however many rules there
 * are.
 */
class Snapshot {
 public:
  struct RuleRecord {
    std::uint32_t table = 0;
    std::uint32_t chain = 0;
    std::size_t offset = 0;
    std::size_t size = 0;
    xt::Counters counters;
  };

  const std::vector<TableState>& tables() const { return tables_; }
  const std::vector<RuleRecord>& rules() const { return rules_; }
  const std::string& chainName(const RuleRecord& rule) const { return chain_names_[rule.chain]; }
  ByteView entry(const RuleRecord& rule) const {
    return ByteView(entries_).sub(rule.offset, rule.size);
  }

  /** It has only what the rules have counted: they are known. */
  bool isKnown() const { return is_known_; }
  const std::vector<CountedPage>& counted() const { return counted_; }

  void addAbsentTable(TableId id);
  void addTable(const Table& table, std::string_view prefix);

  /** The same, of tables that are known to be so if the fingerprint is this one: false if not. */
  bool addKnownTable(const Table& table, std::string_view prefix, std::uint64_t fingerprint,
                     CountedRules& counted);
  void setKnown(const CountedRules& counted);

 private:
  class Collector;
  class Counter;

  std::vector<TableState> tables_;
  std::vector<std::string> chain_names_;
  std::vector<RuleRecord> rules_;
  Bytes entries_;
  bool is_known_ = false;
  std::vector<CountedPage> counted_;
};

}  // namespace portshift::iptc
