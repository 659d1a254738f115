#include "iptables/owned_rules.h"

namespace portshift::iptc {

void visitOwned(const Table& table, std::string_view prefix, OwnedVisitor& visitor) {
  for (const Chain& chain : table.chains()) visitOwnedIn(table, chain, prefix, visitor);
}

void visitOwnedIn(const Table& table, const Chain& chain, std::string_view prefix,
                  OwnedVisitor& visitor) {
  const Family family = table.id().family;
  Bytes canonical;
  if (std::string_view(chain.name).substr(0, prefix.size()) == prefix) {
    visitor.chain(chain);
    table.forEachRule(chain.name, [&](const TableEntry& entry) {
      entry.writeCanonical(family, canonical);
      visitor.rule(chain.name, canonical, entry.counters(family));
    });
  } else {
    table.forEachJump(chain.name, prefix, [&](const TableEntry& entry) {
      entry.writeCanonical(family, canonical);
      visitor.jump(chain.name, canonical, entry.counters(family));
    });
  }
}

}  // namespace portshift::iptc
