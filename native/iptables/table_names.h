#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "util/family.h"
#include "util/unique_fd.h"

namespace portshift::iptc {

/**
 * The legacy tables that exist in the network namespace that the calling thread was in at the first
 * call (/proc/thread-self/net/ip_tables_names, which stays open). Opening any other table would
 * create it.
 */
class TableNames {
 public:
  /**
   * Returns nothing if the caller may not read the list. Only root may read it, while a process
   * that has the capabilities without being root may still open tables. Throws an Error of kind
   * kOpen.
   */
  std::optional<std::vector<std::string>> list(Family family);

 private:
  std::array<UniqueFd, 2> files_;
};

}  // namespace portshift::iptc
