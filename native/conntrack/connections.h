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

/** What became of connections that were to end. */
struct Cut {
  std::uint64_t ended = 0;
  /** MPTCP connections that have lost every subflow, but whose sockets wait on both sides. */
  std::uint64_t waiting = 0;
  /** The errno that says why the first of those was not ended. */
  int code = 0;
};

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
   * Ends the connections that match any of the filters, which are all for the same protocol. TCP:
   * their sockets, with a reset to the other side, and then their entries; where a server listens
   * on the port, a socket without an entry is older than connection tracking and counts as direct.
   * An MPTCP connection ends as a whole where all of its subflows match; it counts once. UDP: their
   * entries, in one pass through the kernel's table.
   */
  Cut cut(const std::vector<Filter>& filters);

  /** The sockets; they open again when they are used again. */
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
  /** A socket's two ends, as it sees them. */
  using Ends = std::pair<Endpoint, Endpoint>;
  using Entries = std::map<Ends, Entry>;

  std::vector<Identity> find(const std::vector<Filter>& filters,
                             const std::function<bool(const Connection&)>& wanted);
  std::uint64_t cutFlows(const std::vector<Filter>& filters);
  /** The connections to be ended, as this host's sockets of them and their entries. */
  std::vector<Ending> socketsOf(const Filter& filter);
  Cut cutSockets(const Filter& filter);
  /** The tokens of MPTCP connections that go on over no other subflow. */
  std::set<std::uint32_t> endingWhole(const std::vector<Ending>& endings);
  /** The entries of the sockets with this local port, whoever opened the connection. */
  Entries entriesOf(const Filter& filter, PortSpan local_ports);
  bool concerns(const Filter& filter, const Connection& connection);

  ConnectionTable table_;
  TcpSockets tcp_;
  MptcpSockets mptcp_;
  LocalAddresses local_;
};

}  // namespace portshift::conntrack
