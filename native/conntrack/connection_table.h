#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "conntrack/connection.h"
#include "netlink/netlink_socket.h"
#include "util/family.h"

namespace portshift::conntrack {

/** The criteria by which the kernel selects connections, so that it does not send the others. */
struct Query {
  Family family = Family::kIpv4;
  std::uint8_t protocol = 0;
  std::optional<std::uint16_t> original_source_port;
  std::optional<std::uint16_t> original_destination_port;
  std::optional<std::uint16_t> reply_source_port;
  /**
   * Selects only connections without a packet in the reply direction and with an untranslated
   * destination.
   */
  bool unanswered = false;
};

/**
 * The connections that the kernel tracks in one network namespace
 * (linux/netfilter/nfnetlink_conntrack.h).
 */
class ConnectionTable {
 public:
  ConnectionTable();

  /** A function that is called with one connection. `message` is valid during the call only. */
  using Visit = std::function<void(const Connection& connection, const Attributes& message)>;

  /**
   * Calls `visit` for every connection that the query selects, and possibly for others: kernels
   * before 5.8 lack such a filter. Calls `restart` before the first connection and whenever the
   * dump starts over.
   */
  void list(const Query& query, const std::function<void()>& restart, const Visit& visit);

  /** Returns true if the destination port of a running TCP or UDP connection is translated. */
  bool hasTranslated();

  /**
   * Returns true if the namespace has no entry at all, and false if the kernel does not report it.
   */
  bool isEmpty();

  /** Returns the current state of a connection, or nothing if it no longer exists. */
  std::optional<Connection> find(const Identity& identity);

  /** Returns false if the connection no longer exists or both sides have finished. */
  bool isRunning(const Identity& identity);

  /** Deletes the entry of a connection. Returns false if it no longer exists. */
  bool erase(const Identity& identity);

  void close() { socket_.close(); }

 private:
  NetlinkSocket socket_;
};

}  // namespace portshift::conntrack
