#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "iptables/codec/rule.h"
#include "iptables/table_id.h"
#include "util/bytes.h"

/**
 * Stands in for libiptc and the kernel where native/iptc is linked with it: libiptcApi(), and all
 * of TableNames and RawTables, are defined by fake_kernel.cc. A commit can be made to fail in every
 * way that a real one does.
 */
namespace fake {

struct FakeChain {
  std::string name;
  std::optional<portshift::xt::Counters> policy_counters;
  std::vector<portshift::Bytes> rules;
};

struct FakeTable {
  std::vector<FakeChain> chains;

  FakeChain *find(const std::string& name);
  /** Chains and their rules as text: `INPUT: 1 2; own-1: 3`, a rule being the destination port it
   * matches. */
  std::string text() const;
};

/** What becomes of one commit: changes the kernel's table, or not, and gives the errno; 0 where it
 * succeeded. */
using Outcome = std::function<int(FakeTable& kernel, const FakeTable& wanted)>;

int succeed(FakeTable& kernel, const FakeTable& wanted);

/** Nothing changes. */
Outcome failWith(int code);
/** The rules are in, but what comes after failed. */
Outcome succeedButSay(int code);
/** The same, and everything counts from zero on. */
Outcome loseCounters(int code);

void setCounters(portshift::Bytes& entry, portshift::xt::Counters counters);

using TableKey = std::pair<portshift::Family, std::string>;

struct Kernel {
  std::map<TableKey, FakeTable> tables;
  /** The outcomes of the next commits; they succeed when it is empty. */
  std::deque<Outcome> outcomes;
  /** Opening these fails with EPERM. */
  std::set<TableKey> forbidden;
  /** The list of tables may not be read. */
  bool are_names_hidden = false;
  /** `open ipv4 nat`, `commit ipv4 nat`, in order. */
  std::vector<std::string> calls;

  FakeTable& table(portshift::Family family, const std::string& name);
};

/** The one kernel there is. */
Kernel& kernel();

/** A rule for destination port `port`, as an entry. */
portshift::Bytes ruleFor(std::uint16_t port);

}  // namespace fake
