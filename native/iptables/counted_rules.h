#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "iptables/codec/rule.h"
#include "util/bytes.h"

namespace portshift::iptc {

/** The packet counters of some rules, by the rules' comments. */
struct CountedPage {
  /** The comments, one per line. */
  std::string comments;
  std::vector<double> packets;
};

/** Sums the packet counters of rules with the same comment. Rules without a comment are skipped. */
class CountedRules {
 public:
  void add(Family family, ByteView canonical, xt::Counters counters);

  /**
   * Returns the sums in pages that are small enough to be passed on and destroyed without delaying
   * the event loop.
   */
  std::vector<CountedPage> pages() const;

 private:
  std::unordered_map<std::string, std::uint64_t> packets_;
};

}  // namespace portshift::iptc
