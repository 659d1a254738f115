#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "conntrack/connection_table.h"
#include "conntrack/filter.h"
#include "conntrack/local_addresses.h"
#include "conntrack/mptcp_sockets.h"
#include "conntrack/tcp_sockets.h"

namespace portshift::conntrack {

/** The result of ending connections. */
struct Cut {
  std::uint64_t ended = 0;
  /**
   * The number of MPTCP connections that have lost every subflow but whose sockets wait on both
   * sides.
   */
  std::uint64_t waiting = 0;
  /** The errno for which the first of these was not ended. */
  int code = 0;
};

/**
 * The connections to addresses of this host in one network namespace. Its sockets are opened at
 * first use and stay open. All members but the constructor must be called on one thread that stays
 * in that namespace. They throw Errors of kind kConnections.
 */
class Connections {
 public:
  /**
   * Returns the running connections that match any of the filters. All filters must have the same
   * protocol.
   */
  std::vector<Identity> running(const std::vector<Filter>& filters);

  bool isRunning(const Identity& identity) { return table_.isRunning(identity); }

  /**
   * Ends the connections that match any of the filters, which must all have the same protocol.
   *
   * TCP: destroys their sockets, which sends a reset to the other side, and then deletes their
   * entries. If a server listens on the port, a socket without an entry is older than connection
   * tracking and counts as a direct connection. An MPTCP connection ends as a whole if all of its
   * subflows match; it counts once.
   *
   * UDP: deletes their entries, in one pass through the kernel's table.
   */
  Cut cut(const std::vector<Filter>& filters);

  /** Closes the sockets. They are reopened at the next use. */
  void close();

 private:
  struct Entry {
    Connection connection;
    Identity identity;
  };
  struct Ending {
    TcpSocket socket;
    std::optional<Identity> entry;
  };
  /** The local and the remote endpoint of a socket. */
  using Ends = std::pair<Endpoint, Endpoint>;
  using Entries = std::map<Ends, Entry>;

  std::vector<Identity> find(const std::vector<Filter>& filters,
                             const std::function<bool(const Connection&)>& wanted);
  std::uint64_t cutFlows(const std::vector<Filter>& filters);
  /** Returns this host's sockets of the connections to be ended, with their entries. */
  std::vector<Ending> socketsOf(const Filter& filter);
  Cut cutSockets(const Filter& filter);
  /** Returns the tokens of the MPTCP connections that keep no other subflow. */
  std::set<std::uint32_t> endingWhole(const std::vector<Ending>& endings);
  /**
   * Returns the entries of the sockets with this local port, whichever side opened the connection.
   */
  Entries entriesOf(const Filter& filter, PortSpan local_ports);
  bool concerns(const Filter& filter, const Connection& connection);

  ConnectionTable table_;
  TcpSockets tcp_;
  MptcpSockets mptcp_;
  LocalAddresses local_;
};

}  // namespace portshift::conntrack
