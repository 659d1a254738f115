#include "iptables/codec/canonical_entry.h"

#include <algorithm>
#include <cstddef>

#include "iptables/codec/entry_elements.h"
#include "iptables/codec/entry_layout.h"
#include "iptables/codec/target_codec.h"

namespace portshift::xt {

namespace {

/**
 * Zeroes the bytes after an element's name. The kernel returns names without padding: the bytes
 * after the NUL are remains of other data.
 */
void clearAfterName(Bytes& bytes, std::size_t element) {
  constexpr std::size_t kNameOffset = offsetof(xt_entry_match, u.user.name);
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(element + kNameOffset);
  const auto end = begin + XT_EXTENSION_MAXNAMELEN;
  std::fill(std::find(begin, end, 0), end, 0);
}

void nameStandardTarget(Bytes& bytes, std::size_t element, std::string_view name) {
  bytes.resize(element);
  appendElement(bytes, standardTarget(name));
}

}  // namespace

std::size_t entrySize(Family family, ByteView entry) {
  return withLayout(family, [entry](auto layout) -> std::size_t {
    using Entry = typename decltype(layout)::Entry;
    return entry.size() < sizeof(Entry) ? 0 : loadAt<Entry>(entry).next_offset;
  });
}

Counters entryCounters(Family family, ByteView entry) {
  return withLayout(family, [entry](auto layout) {
    const auto counters = loadAt<typename decltype(layout)::Entry>(entry).counters;
    return Counters{counters.pcnt, counters.bcnt};
  });
}

Bytes canonicalEntry(Family family, ByteView entry, std::optional<std::string_view> standard_name) {
  Bytes bytes;
  writeCanonicalEntry(family, entry, standard_name, bytes);
  return bytes;
}

void writeCanonicalEntry(Family family, ByteView entry,
                         std::optional<std::string_view> standard_name, Bytes& into) {
  into.assign(entry.begin(), entry.end());
  withLayout(family, [&into](auto layout) {
    using Entry = typename decltype(layout)::Entry;
    if (into.size() < sizeof(Entry)) return;
    auto head = loadAt<Entry>(into);
    head.nfcache = 0;
    head.comefrom = 0;
    head.counters = {};
    storeAt(into, 0, head);
  });
  for (ElementIterator element(family, entry); !element.atEnd(); element.next()) {
    clearAfterName(into, element.offset());
    if (element.isTarget() && standard_name) {
      nameStandardTarget(into, element.offset(), *standard_name);
    }
  }
}

Bytes installableEntry(Family family, ByteView canonical, Counters counters) {
  Bytes bytes;
  writeInstallableEntry(family, canonical, counters, bytes);
  return bytes;
}

void writeInstallableEntry(Family family, ByteView canonical, Counters counters, Bytes& into) {
  into.assign(canonical.begin(), canonical.end());
  withLayout(family, [&into, counters](auto layout) {
    using Entry = typename decltype(layout)::Entry;
    if (into.size() < sizeof(Entry)) return;
    auto head = loadAt<Entry>(into);
    head.counters.pcnt = counters.packets;
    head.counters.bcnt = counters.bytes;
    storeAt(into, 0, head);
    if (head.target_offset + sizeof(xt_entry_target) > into.size()) return;
    auto target = loadAt<xt_entry_target>(into, head.target_offset);
    if (target.u.user.revision == kStandardRevision) target.u.user.revision = 0;
    storeAt(into, head.target_offset, target);
  });
}

}  // namespace portshift::xt
