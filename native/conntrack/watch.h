#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "conntrack/connections.h"

namespace portshift::conntrack {

/**
 * Counts the same connections again and again while they end. The kernel's whole table is gone
 * through only at first and in the end: in between, those that were found are asked after one by
 * one.
 */
class Watch {
 public:
  /** All filters are for the same protocol. */
  explicit Watch(std::vector<Filter> filters) : filters_(std::move(filters)) {}

  /** How many are running that match any of the filters. */
  std::uint64_t count(Connections& connections);

 private:
  std::vector<Filter> filters_;
  /** Of the last count; empty where there were none, or too many. */
  std::vector<Identity> running_;
};

}  // namespace portshift::conntrack
