#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "iptables/counted_rules.h"
#include "iptables/table.h"
#include "util/bytes.h"

namespace portshift::iptc {

struct TableState {
  TableId id;
  bool present = false;
  /** The result of Table::isUsed() for a table that was read and not known. */
  bool used = false;
  std::uint64_t fingerprint = 0;
  std::vector<Chain> chains;
};

/**
 * The result of a read, with all rules in one text: the session's thread creates it, and destroying
 * it does not delay the event loop, whatever the number of rules.
 */
class Snapshot {
 public:
  const std::vector<TableState>& tables() const { return tables_; }

  /** Returns the number of rules. */
  std::size_t size() const { return ends_.size(); }
  /** Returns some of the rules in the form that readPage() of lib/backends/rule-page.ts parses. */
  std::string_view page(std::size_t from, std::size_t count) const;

  /** True if the rules are known and only their counters were read. */
  bool isKnown() const { return is_known_; }
  const std::vector<CountedPage>& counted() const { return counted_; }

  void addAbsentTable(TableId id);
  void addTable(const Table& table, std::string_view prefix);

  /**
   * Adds a table whose rules are known if it has that fingerprint, and collects its counters.
   * Returns false if it has another fingerprint.
   */
  bool addKnownTable(const Table& table, std::string_view prefix, std::uint64_t fingerprint,
                     CountedRules& counted);
  void setKnown(const CountedRules& counted);

 private:
  class Collector;
  class Counter;

  std::vector<TableState> tables_;
  std::string rules_;
  // The end of each rule in `rules_`.
  std::vector<std::size_t> ends_;
  bool is_known_ = false;
  std::vector<CountedPage> counted_;
};

}  // namespace portshift::iptc
