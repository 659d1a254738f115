#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "conntrack/connection_table.h"
#include "conntrack/filter.h"
#include "conntrack/local_addresses.h"
#include "conntrack/tcp_sockets.h"

namespace portshift::conntrack {

/**
 * The connections to addresses of this host, in one namespace. Its sockets are opened when they are
 * first used, and stay open. Every member but the constructor runs on one thread, which stays in
 * that namespace. Throws Errors of kind kConnections.
 */
class Connections {
 public:
  /** Running connections that match any of the filters; all filters are for the same protocol. */
  std::vector<Identity> running(const std::vector<Filter>& filters);

  bool isRunning(const Identity& identity) { return table_.isRunning(identity); }

  /**
   * Ends the connections that match, and answers how many. TCP: their sockets, with a reset to the
   * other side, and then their entries; where a server listens on the port, a socket without an
   * entry is older than connection tracking and counts as direct. UDP: their entries.
   */
  std::uint64_t cut(const Filter& filter);

  /** The sockets; they open again when they are used again. */
  void close();

 private:
  struct Entry {
    Connection connection;
    Identity identity;
  };
  /** A socket's two ends, as it sees them. */
  using Ends = std::pair<Endpoint, Endpoint>;
  using Entries = std::map<Ends, Entry>;

  std::vector<Identity> find(const std::vector<Filter>& filters,
                             const std::function<bool(const Connection&)>& wanted);
  std::uint64_t cutFlows(const Filter& filter);
  std::uint64_t cutSockets(const Filter& filter);
  /** The entries of the sockets with this local port, whoever opened the connection. */
  Entries entriesOf(const Filter& filter, PortSpan local_ports);
  bool concerns(const Filter& filter, const Connection& connection);

  ConnectionTable table_;
  TcpSockets tcp_;
  LocalAddresses local_;
};

}  // namespace portshift::conntrack
