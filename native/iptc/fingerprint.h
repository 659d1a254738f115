#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/hash.h"
#include "iptc/owned_rules.h"

namespace portshift::iptc {

/** What stands for a rule in the fingerprint of its chain. */
inline std::uint64_t hashOfRule(ByteView canonical) {
  return Hash().add(canonical).value();
}

/**
 * Equal for tables whose own chains hold equal rules in an equal order and are jumped to alike.
 * Neither the order of the chains nor the place of a jump among foreign rules counts, nor do
 * counters and policies.
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
  /** A built-in chain that is empty is as good as absent: an absent table has none. */
  bool chain_counts_ = false;
};

/** That of a table without any own chain, and so of an absent one. */
inline std::uint64_t emptyFingerprint() {
  return Fingerprint().value();
}

std::uint64_t fingerprintOf(const Table& table, std::string_view prefix);

/**
 * What that chain adds to it, if it is there: a fingerprint is the sum of what its chains add. So,
 * where an edit is about some chains alone, the others need not be looked at again.
 */
std::uint64_t fingerprintIn(const Table& table, const std::string& chain, std::string_view prefix);

}  // namespace portshift::iptc
