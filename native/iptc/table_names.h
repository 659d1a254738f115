#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "common/family.h"
#include "common/unique_fd.h"

namespace portshift::iptc {

/**
 * The legacy tables that exist in the network namespace that the calling thread was in when it
 * first asked (/proc/thread-self/net/ip_tables_names, which stays open). Opening any other table
 * would create it.
 */
class TableNames {
 public:
  /**
   * Nothing where the caller may not read the list: it is root's alone, and who has the
   * capabilities without being root may open tables all the same. Throws an Error of kind kOpen.
   */
  std::optional<std::vector<std::string>> list(Family family);

 private:
  std::array<UniqueFd, 2> files_;
};

}  // namespace portshift::iptc
