#include "conntrack/watch.h"

#include <algorithm>

namespace portshift::conntrack {

namespace {

/**
 * The number of connections from which on looking up each of them costs as much as a dump of a
 * table of about 100,000 connections.
 */
constexpr std::size_t kFew = 10000;

}  // namespace

std::uint64_t Watch::count(Connections& connections) {
  const auto is_over = [&](const Identity& identity) { return !connections.isRunning(identity); };
  running_.erase(std::remove_if(running_.begin(), running_.end(), is_over), running_.end());
  if (!running_.empty()) return running_.size();
  // A connection that was being opened during the last dump may have appeared since.
  running_ = connections.running(filters_);
  const std::uint64_t count = running_.size();
  if (count > kFew) running_ = {};
  return count;
}

}  // namespace portshift::conntrack
