#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "common/family.h"
#include "conntrack/connection.h"
#include "conntrack/netlink_socket.h"

namespace portshift::conntrack {

/** What the kernel itself picks connections by, so that the others never leave it. */
struct Query {
  Family family = Family::kIpv4;
  std::uint8_t protocol = 0;
  std::optional<std::uint16_t> original_source_port;
  std::optional<std::uint16_t> original_destination_port;
  std::optional<std::uint16_t> reply_source_port;
  /** Those alone on which no packet has come back, and whose destination is not translated. */
  bool unanswered = false;
};

/** The connections that the kernel tracks in one namespace (linux/netfilter/nfnetlink_conntrack.h).
 */
class ConnectionTable {
 public:
  ConnectionTable();

  /** The message lasts for the call only. */
  using Visit = std::function<void(const Connection& connection, const Attributes& message)>;

  /**
   * Has `visit` see every connection that the query picks, and maybe others: kernels before 5.8
   * know no such filter. `restart` comes before the first and whenever it begins again.
   */
  void list(const Query& query, const std::function<void()>& restart, const Visit& visit);

  /** Whether there is a running connection of any protocol whose destination port is translated. */
  bool hasTranslated();

  /** Whether the namespace has no entry at all; also false where the kernel does not tell. */
  bool isEmpty();

  /** What the kernel has of it now; nothing where it is gone. */
  std::optional<Connection> find(const Identity& identity);

  /** False where it is gone, and where both sides are done with it. */
  bool isRunning(const Identity& identity);

  /** False where it is gone already. */
  bool erase(const Identity& identity);

  void close() { socket_.close(); }

 private:
  NetlinkSocket socket_;
};

}  // namespace portshift::conntrack
