#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/bytes.h"
#include "xt/rule.h"

namespace portshift::iptc {

/** What some rules have counted, by their comments. */
struct CountedPage {
  /** One a line. */
  std::string comments;
  std::vector<double> packets;
};

/** Adds up what rules with the same comment have counted; one without a comment is left out. */
class CountedRules {
 public:
  void add(Family family, ByteView canonical, xt::Counters counters);

  /** In pages that take the event loop no time to hand out, nor to destroy. */
  std::vector<CountedPage> pages() const;

 private:
  std::unordered_map<std::string, std::uint64_t> packets_;
};

}  // namespace portshift::iptc
