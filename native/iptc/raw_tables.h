#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "common/family.h"
#include "common/unique_fd.h"
#include "iptc/table_id.h"

namespace portshift::iptc {

/** The tables as the kernel gives them, in the network namespace that the calling thread was in
 * when it first asked. */
class RawTables {
 public:
  /**
   * A hash over all that the kernel holds in the table but what was counted; nothing where it does
   * not say. Creates the table if nobody has used it yet.
   */
  std::optional<std::uint64_t> digest(TableId id);

  /**
   * False where the kernel has no such table. Creates the table if nobody has used it yet. What
   * else the kernel answers is for opening it to tell.
   */
  bool isThere(TableId id);

  /**
   * Asks whether the thread may have tables of that family, and creates none. Throws an Error of
   * kind kOpen where it may not, or, for IPv4, where the kernel has none.
   */
  void probe(Family family);

 private:
  int socketOf(Family family);

  std::array<UniqueFd, 2> sockets_;
};

/** As those of common/sandbox.h, where libiptc could not open a table of that family. */
std::string forbiddenTables(Family family, int code);

}  // namespace portshift::iptc
