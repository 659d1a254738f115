#include "conntrack/watch.h"

#include <algorithm>

namespace portshift::conntrack {

namespace {

/** Asking after more than that costs as much as going through a table of some 100,000 connections.
 */
constexpr std::size_t kFew = 10000;

}  // namespace

std::uint64_t Watch::count(Connections& connections) {
  const auto is_over = [&](const Identity& identity) { return !connections.isRunning(identity); };
  running_.erase(std::remove_if(running_.begin(), running_.end(), is_over), running_.end());
  if (!running_.empty()) return running_.size();
  // One that was on its way in when the table was gone through may have come since.
  running_ = connections.running(filters_);
  const std::uint64_t count = running_.size();
  if (count > kFew) running_ = {};
  return count;
}

}  // namespace portshift::conntrack
