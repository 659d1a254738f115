#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "conntrack/connections.h"

namespace portshift::conntrack {

/**
 * Counts the same connections repeatedly while they end. The kernel's whole table is dumped only at
 * the first count and when none of the found connections is left; in between, each of them is
 * looked up.
 */
class Watch {
 public:
  /** All filters must have the same protocol. */
  explicit Watch(std::vector<Filter> filters) : filters_(std::move(filters)) {}

  /** Returns the number of running connections that match any of the filters. */
  std::uint64_t count(Connections& connections);

 private:
  std::vector<Filter> filters_;
  /** The connections of the last count; empty if there were none or too many. */
  std::vector<Identity> running_;
};

}  // namespace portshift::conntrack
