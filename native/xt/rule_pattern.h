#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/bytes.h"
#include "common/family.h"
#include "xt/rule.h"

namespace portshift::xt {

/** What rules that are otherwise alike differ in. */
struct RuleDetails {
  /** Of the match that is about ports: those of the source where the rule tests any of these. */
  std::optional<PortSpan> ports;
  std::string_view comment;
  /** The port that a DNAT or REDIRECT target translates to. */
  std::optional<std::uint16_t> port;
};

/** The canonical entries of rules that are alike: each is made in place of the one before it. */
class RulePattern {
 public:
  /** Throws an InvalidRule. */
  RulePattern(Family family, const Rule& rule);

  /** Valid until the next one is asked for. Throws an InvalidRule, also where the rule has no place
   * for one of the details. */
  ByteView entryFor(const RuleDetails& details);

 private:
  void setPorts(PortSpan span);
  void setComment(std::string_view text);
  void setPort(std::uint16_t port);

  Bytes entry_;
  // Where these begin.
  std::optional<std::size_t> ports_;
  std::optional<std::size_t> comment_;
  std::optional<std::size_t> min_port_;
  std::optional<std::size_t> max_port_;
};

}  // namespace portshift::xt
