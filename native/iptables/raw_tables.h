#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "iptables/table_id.h"
#include "util/family.h"
#include "util/unique_fd.h"

namespace portshift::iptc {

/**
 * The tables as the kernel returns them, in the network namespace that the calling thread was in at
 * the first call.
 */
class RawTables {
 public:
  /**
   * Returns a hash of all that the kernel has in the table except counters, or nothing if the
   * kernel does not return it. Creates the table if it has never been used.
   */
  std::optional<std::uint64_t> digest(TableId id);

  /**
   * Returns false if the kernel has no such table. Creates the table if it has never been used.
   * Other errors return true, because opening the table reports them.
   */
  bool isThere(TableId id);

  /**
   * Checks that the thread may access tables of that family, without creating any. Throws an Error
   * of kind kOpen if it may not, or, for IPv4, if the kernel has no such tables.
   */
  void probe(Family family);

 private:
  int socketOf(Family family);

  std::array<UniqueFd, 2> sockets_;
};

/**
 * Returns what the functions of common/sandbox.h return, after libiptc failed to open a table of
 * that family.
 */
std::string forbiddenTables(Family family, int code);

}  // namespace portshift::iptc
