#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/family.h"
#include "iptc/table_id.h"

namespace portshift::iptc {

/**
 * The legacy tables that exist in the calling thread's network namespace
 * (/proc/thread-self/net/ip_tables_names). Opening any other table would create it. Throws an Error
 * of kind kOpen.
 */
std::vector<std::string> presentTables(Family family);

/** Which tables are there; the kernel is asked once for each family, and not before it matters. */
class PresentTables {
 public:
  bool has(TableId id) {
    auto names = names_.find(id.family);
    if (names == names_.end()) names = names_.emplace(id.family, presentTables(id.family)).first;
    const auto& listed = names->second;
    return std::find(listed.begin(), listed.end(), tableName(id.table)) != listed.end();
  }

 private:
  std::map<Family, std::vector<std::string>> names_;
};

}  // namespace portshift::iptc
