#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "iptables/codec/rule.h"
#include "util/bytes.h"
#include "util/family.h"

namespace portshift::xt {

/** The details in which the rules of one pattern differ. */
struct RuleDetails {
  /**
   * The ports of the `tcp` or `udp` match: the source ports if the pattern tests these, otherwise
   * the destination ports.
   */
  std::optional<PortSpan> ports;
  std::string_view comment;
  /** The port that a DNAT or REDIRECT target translates to. */
  std::optional<std::uint16_t> port;
};

/**
 * A generator of canonical entries for rules that differ in a few details only. Each entry
 * overwrites the previous one.
 */
class RulePattern {
 public:
  /** Encodes the rule that serves as the pattern. Throws an InvalidRule. */
  RulePattern(Family family, const Rule& rule);

  /**
   * Returns the entry of a rule with these details. It is valid until the next call. Throws an
   * InvalidRule, also if the pattern has no place for one of the details.
   */
  ByteView entryFor(const RuleDetails& details);

 private:
  void setPorts(PortSpan span);
  void setComment(std::string_view text);
  void setPort(std::uint16_t port);

  Bytes entry_;
  // The offsets of the details in `entry_`.
  std::optional<std::size_t> ports_;
  std::optional<std::size_t> comment_;
  std::optional<std::size_t> min_port_;
  std::optional<std::size_t> max_port_;
};

}  // namespace portshift::xt
