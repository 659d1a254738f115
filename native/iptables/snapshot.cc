#include "iptables/snapshot.h"

#include <algorithm>
#include <variant>

#include "iptables/codec/entry_codec.h"
#include "iptables/codec/rule_writer.h"
#include "iptables/fingerprint.h"
#include "iptables/owned_rules.h"

namespace portshift::iptc {

namespace {

/** Returns the target chain of a jump, or an empty string if the rule is not a jump. */
std::string_view jumpOf(const xt::Rule& rule) {
  const auto *jump = std::get_if<xt::JumpTarget>(&rule.target);
  return jump == nullptr ? std::string_view{} : jump->chain;
}

/** Returns the first comment, or an empty string if there is none. */
std::string_view commentOf(const xt::Rule& rule) {
  for (const xt::Match& match : rule.matches) {
    if (const auto *comment = std::get_if<xt::CommentMatch>(&match)) return comment->comment;
  }
  return {};
}

}  // namespace

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
    const Family family = state_.id.family;
    const xt::Rule rule = xt::decodeEntry(family, canonical);
    field(std::to_string(snapshot_.tables_.size()));
    field(chain);
    field(jumpOf(rule));
    field(commentOf(rule));
    field(std::to_string(counters.packets));
    field(std::to_string(counters.bytes));
    xt::appendRule(snapshot_.rules_, family, rule);
    field({});
    snapshot_.ends_.push_back(snapshot_.rules_.size());
  }

  void field(std::string_view text) {
    snapshot_.rules_ += text;
    snapshot_.rules_ += '\0';
  }

  Snapshot& snapshot_;
  TableState& state_;
  Fingerprint fingerprint_;
};

/** Collects the counters of the rules in own chains; jumps to these are not counted. */
class Snapshot::Counter final : public OwnedVisitor {
 public:
  Counter(TableId id, CountedRules& counted) : id_(id), counted_(counted) {}

  void chain(const Chain& chain) override { fingerprint_.chain(chain); }
  void rule(const std::string& /*chain*/, const Bytes& canonical, xt::Counters counters) override {
    fingerprint_.rule(canonical);
    counted_.add(id_.family, canonical, counters);
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

std::string_view Snapshot::page(std::size_t from, std::size_t count) const {
  const std::size_t first = std::min(from, size());
  const std::size_t last = first + std::min(count, size() - first);
  const auto end_of = [this](std::size_t rules) { return rules == 0 ? 0 : ends_[rules - 1]; };
  return std::string_view(rules_).substr(end_of(first), end_of(last) - end_of(first));
}

void Snapshot::addAbsentTable(TableId id) {
  tables_.push_back({id, false, false, emptyFingerprint(), {}});
}

void Snapshot::addTable(const Table& table, std::string_view prefix) {
  TableState state{table.id(), true, table.isUsed(), 0, {}};
  Collector collector(*this, state);
  visitOwned(table, prefix, collector);
  state.fingerprint = collector.fingerprint();
  tables_.push_back(std::move(state));
}

bool Snapshot::addKnownTable(const Table& table, std::string_view prefix, std::uint64_t fingerprint,
                             CountedRules& counted) {
  Counter counter(table.id(), counted);
  visitOwned(table, prefix, counter);
  tables_.push_back({table.id(), true, false, fingerprint, {}});
  return counter.fingerprint() == fingerprint;
}

void Snapshot::setKnown(const CountedRules& counted) {
  is_known_ = true;
  counted_ = counted.pages();
}

}  // namespace portshift::iptc
