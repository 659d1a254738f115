#pragma once

#include <vector>

#include "common/bytes.h"
#include "xt/rule.h"

namespace portshift::xt {

/** Appends a `struct xt_entry_match` or `xt_entry_target` (they are laid out alike). Throws
 * InvalidRule. */
void appendElement(Bytes& entry, const Extension& extension);

/** Where in its entry an element lies. */
struct ElementPlace {
  std::size_t offset = 0;
  std::size_t size = 0;
};

/** The matches and then the target of an entry; shorter where the sizes in it make no sense. */
std::vector<ElementPlace> elementPlaces(Family family, ByteView entry);

Extension loadElement(ByteView entry, ElementPlace place);

}  // namespace portshift::xt
