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
  /** Of one that was read, and not known: as Table::isUsed(). */
  bool used = false;
  std::uint64_t fingerprint = 0;
  std::vector<Chain> chains;
};

/**
 * What was read, with the rules as one text: making it is the session thread's work, and destroying
 * it takes the event loop no time however many rules there are.
 */
class Snapshot {
 public:
  const std::vector<TableState>& tables() const { return tables_; }

  /** How many rules there are. */
  std::size_t size() const { return ends_.size(); }
  /** Some of them, as readPage() of lib/backends/rule-page.ts reads them. */
  std::string_view page(std::size_t from, std::size_t count) const;

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
  std::string rules_;
  // Where each rule ends.
  std::vector<std::size_t> ends_;
  bool is_known_ = false;
  std::vector<CountedPage> counted_;
};

}  // namespace portshift::iptc
