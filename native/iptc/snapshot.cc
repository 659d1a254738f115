#include "iptc/snapshot.h"

#include "iptc/fingerprint.h"
#include "iptc/owned_rules.h"

namespace portshift::iptc {

class Snapshot::Collector final : public OwnedVisitor {
 public:
  Collector(Snapshot& snapshot, TableState& state) : snapshot_(snapshot), state_(state) {}

  void chain(const Chain& chain) override {
    fingerprint_.chain(chain);
    state_.chains.push_back(chain);
  }
  void rule(const std::string& chain, const Bytes& canonical, xt::Counters counters) override {
    fingerprint_.rule(canonical);
    add(chain, canonical, counters);
  }
  void jump(const std::string& chain, const Bytes& canonical, xt::Counters counters) override {
    fingerprint_.jump(chain, canonical);
    add(chain, canonical, counters);
  }

  std::uint64_t fingerprint() const { return fingerprint_.value(); }

 private:
  void add(const std::string& chain, const Bytes& canonical, xt::Counters counters) {
    auto& names = snapshot_.chain_names_;
    if (names.empty() || names.back() != chain) names.push_back(chain);
    snapshot_.rules_.push_back({static_cast<std::uint32_t>(snapshot_.tables_.size()),
                                static_cast<std::uint32_t>(names.size() - 1),
                                snapshot_.entries_.size(), canonical.size(), counters});
    snapshot_.entries_.insert(snapshot_.entries_.end(), canonical.begin(), canonical.end());
  }

  Snapshot& snapshot_;
  TableState& state_;
  Fingerprint fingerprint_;
};

/** Takes in what the rules have counted that decide about packets. */
class Snapshot::Counter final : public OwnedVisitor {
 public:
  Counter(TableId id, CountedRules& counted) : id_(id), counted_(counted) {}

  void chain(const Chain& chain) override { fingerprint_.chain(chain); }
  void rule(const std::string& /*chain*/, const Bytes& canonical, xt::Counters counters) override {
    fingerprint_.rule(canonical);
    // What gets there was marked, and counted, before.
    if (id_.table != TableName::kFilter) counted_.add(id_.family, canonical, counters);
  }
  void jump(const std::string& chain, const Bytes& canonical, xt::Counters /*counters*/) override {
    fingerprint_.jump(chain, canonical);
  }

  std::uint64_t fingerprint() const { return fingerprint_.value(); }

 private:
  TableId id_;
  CountedRules& counted_;
  Fingerprint fingerprint_;
};

void Snapshot::addAbsentTable(TableId id) {
  tables_.push_back({id, false, emptyFingerprint(), {}});
}

void Snapshot::addTable(const Table& table, std::string_view prefix) {
  TableState state{table.id(), true, 0, {}};
  Collector collector(*this, state);
  visitOwned(table, prefix, collector);
  state.fingerprint = collector.fingerprint();
  tables_.push_back(std::move(state));
}

bool Snapshot::addKnownTable(const Table& table, std::string_view prefix, std::uint64_t fingerprint,
                             CountedRules& counted) {
  Counter counter(table.id(), counted);
  visitOwned(table, prefix, counter);
  tables_.push_back({table.id(), true, fingerprint, {}});
  return counter.fingerprint() == fingerprint;
}

void Snapshot::setKnown(const CountedRules& counted) {
  is_known_ = true;
  counted_ = counted.pages();
}

}  // namespace portshift::iptc
