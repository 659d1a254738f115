#include "xt/canonical_entry.h"

#include <algorithm>

#include "xt/entry_elements.h"
#include "xt/entry_layout.h"
#include "xt/target_codec.h"

namespace portshift::xt {

namespace {

/** The kernel copies names out without padding: what follows the NUL is left over from something
 * else. */
void clearAfterName(char (&name)[XT_EXTENSION_MAXNAMELEN]) {
  char *const end = name + sizeof name;
  std::fill(std::find(name, end, '\0'), end, '\0');
}

void nameStandardTarget(Bytes& bytes, const ElementPlace& place, std::string_view name) {
  const Bytes entry = [&name] {
    Bytes element;
    appendElement(element, standardTarget(name));
    return element;
  }();
  bytes.resize(place.offset);
  bytes.insert(bytes.end(), entry.begin(), entry.end());
}

void clearNames(Bytes& bytes, const std::vector<ElementPlace>& places) {
  for (const ElementPlace& place : places) {
    auto header = loadAt<xt_entry_match>(bytes, place.offset);
    clearAfterName(header.u.user.name);
    storeAt(bytes, place.offset, header);
  }
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
  Bytes bytes(entry.begin(), entry.end());
  withLayout(family, [&bytes](auto layout) {
    auto head = loadAt<typename decltype(layout)::Entry>(bytes);
    head.nfcache = 0;
    head.comefrom = 0;
    head.counters = {};
    storeAt(bytes, 0, head);
  });
  const std::vector<ElementPlace> places = elementPlaces(family, bytes);
  clearNames(bytes, places);
  if (standard_name && !places.empty()) nameStandardTarget(bytes, places.back(), *standard_name);
  return bytes;
}

Bytes installableEntry(Family family, ByteView canonical, Counters counters) {
  Bytes bytes(canonical.begin(), canonical.end());
  withLayout(family, [&bytes, counters](auto layout) {
    auto head = loadAt<typename decltype(layout)::Entry>(bytes);
    head.counters.pcnt = counters.packets;
    head.counters.bcnt = counters.bytes;
    storeAt(bytes, 0, head);
    auto target = loadAt<xt_entry_target>(bytes, head.target_offset);
    if (target.u.user.revision == kStandardRevision) target.u.user.revision = 0;
    storeAt(bytes, head.target_offset, target);
  });
  return bytes;
}

}  // namespace portshift::xt
