#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "iptables/owned_rules.h"
#include "util/hash.h"

namespace portshift::iptc {

/** Returns the hash that represents a rule in the fingerprint of its chain. */
inline std::uint64_t hashOfRule(ByteView canonical) {
  return Hash().add(canonical).value();
}

/**
 * A fingerprint of the own chains of a table. It is equal for tables whose own chains have equal
 * rules in the same order and equal jumps to them. It does not depend on the order of the chains,
 * the position of a jump among foreign rules, counters or policies.
 */
class Fingerprint {
 public:
  void chain(const Chain& chain);
  void rule(const Bytes& canonical) { rule(hashOfRule(canonical)); }
  void rule(std::uint64_t hash);
  void jump(std::string_view chain, const Bytes& canonical);

  std::uint64_t value() const;

 private:
  std::uint64_t sum_ = 0;
  Hash chain_;
  /**
   * False for a built-in chain without rules, which counts as absent: an absent table has no
   * chains.
   */
  bool chain_counts_ = false;
};

/** Returns the fingerprint of a table without own chains, and so of an absent table. */
inline std::uint64_t emptyFingerprint() {
  return Fingerprint().value();
}

std::uint64_t fingerprintOf(const Table& table, std::string_view prefix);

/**
 * Returns the contribution of one chain, if it exists, to the fingerprint. A fingerprint is the sum
 * of the contributions of its chains, so that after an edit only the edited chains need to be read
 * again.
 */
std::uint64_t fingerprintIn(const Table& table, const std::string& chain, std::string_view prefix);

}  // namespace portshift::iptc
