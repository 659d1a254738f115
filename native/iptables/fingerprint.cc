#include "iptables/fingerprint.h"

namespace portshift::iptc {

namespace {

class Visitor final : public OwnedVisitor {
 public:
  void chain(const Chain& chain) override { fingerprint_.chain(chain); }
  void rule(const std::string& /*chain*/, const Bytes& canonical,
            xt::Counters /*counters*/) override {
    fingerprint_.rule(canonical);
  }
  void jump(const std::string& chain, const Bytes& canonical, xt::Counters /*counters*/) override {
    fingerprint_.jump(chain, canonical);
  }

  std::uint64_t value() const { return fingerprint_.value(); }

 private:
  Fingerprint fingerprint_;
};

}  // namespace

void Fingerprint::chain(const Chain& chain) {
  sum_ = value();
  chain_ = Hash().add("chain").add(chain.name);
  chain_counts_ = !chain.policy;
}

void Fingerprint::rule(std::uint64_t hash) {
  chain_.add(hash);
  chain_counts_ = true;
}

void Fingerprint::jump(std::string_view chain, const Bytes& canonical) {
  // A sum is independent of the order but depends on the number of jumps.
  sum_ += Hash().add("jump").add(chain).add(canonical).value();
}

std::uint64_t Fingerprint::value() const {
  return chain_counts_ ? sum_ + chain_.value() : sum_;
}

std::uint64_t fingerprintOf(const Table& table, std::string_view prefix) {
  Visitor visitor;
  visitOwned(table, prefix, visitor);
  return visitor.value();
}

std::uint64_t fingerprintIn(const Table& table, const std::string& chain, std::string_view prefix) {
  Visitor visitor;
  if (const auto found = table.findChain(chain)) visitOwnedIn(table, *found, prefix, visitor);
  return visitor.value();
}

}  // namespace portshift::iptc
