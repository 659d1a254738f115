#include "iptc/owned_rules.h"

#include "xt/target_codec.h"

namespace portshift::iptc {

namespace {

bool beginsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool jumpsTo(const TableEntry& entry, std::string_view prefix) {
  return entry.standard_name && !entry.standard_name->empty() &&
         beginsWith(*entry.standard_name, prefix) && !xt::verdictNamed(*entry.standard_name);
}

}  // namespace

void visitOwned(const Table& table, std::string_view prefix, OwnedVisitor& visitor) {
  const Family family = table.id().family;
  for (const Chain& chain : table.chains()) {
    const bool owned = beginsWith(chain.name, prefix);
    if (owned) visitor.chain(chain);
    table.forEachRule(chain.name, [&](const TableEntry& entry) {
      if (owned) {
        visitor.rule(chain.name, entry.canonical(family), entry.counters(family));
      } else if (jumpsTo(entry, prefix)) {
        visitor.jump(chain.name, entry.canonical(family), entry.counters(family));
      }
    });
  }
}

}  // namespace portshift::iptc
