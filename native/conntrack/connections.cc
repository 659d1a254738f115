#include "conntrack/connections.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <set>

#include "util/error.h"

namespace portshift::conntrack {

namespace {

std::optional<std::uint16_t> onlyPort(PortSpan span) {
  return span.first == span.last ? std::optional(span.first) : std::nullopt;
}

std::optional<std::uint16_t> onlyPort(const PortSet& ports) {
  const auto bounds = ports.bounds();
  return bounds ? onlyPort(*bounds) : std::nullopt;
}

std::vector<Family> familiesOf(const std::vector<Filter>& filters) {
  std::vector<Family> families;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    const auto wants = [family](const Filter& filter) {
      return !filter.family || *filter.family == family;
    };
    if (std::any_of(filters.begin(), filters.end(), wants)) families.push_back(family);
  }
  return families;
}

/** Returns the criteria that all filters have in common. */
Query commonQuery(Family family, const std::vector<Filter>& filters) {
  const Filter& first = filters.front();
  Query query;
  query.family = family;
  query.protocol = first.protocol;
  query.original_destination_port = onlyPort(first.ports);
  query.reply_source_port = first.target_port;
  query.unanswered = true;
  for (const Filter& filter : filters) {
    if (onlyPort(filter.ports) != query.original_destination_port) {
      query.original_destination_port.reset();
    }
    if (filter.target_port != query.reply_source_port) query.reply_source_port.reset();
    query.unanswered = query.unanswered && filter.unanswered && !filter.translated;
  }
  return query;
}

bool contains(PortSpan span, std::uint16_t port) {
  return port >= span.first && port <= span.last;
}

std::optional<PortSpan> localPorts(const Filter& filter) {
  if (filter.target_port) return PortSpan{*filter.target_port, *filter.target_port};
  return filter.ports.bounds();
}

/**
 * Returns the connection of a socket as if it had been opened from outside and without translation.
 */
Connection direct(const TcpSocket& socket) {
  Connection connection;
  connection.protocol = IPPROTO_TCP;
  connection.original = {socket.remote, socket.local};
  connection.reply = {socket.local, socket.remote};
  return connection;
}

/**
 * Returns the connection of a socket that a server on this host has accepted, or nothing if this
 * host opened it. Without an entry that shows the initiator, the connection is older than
 * connection tracking and than any translation; it then counts as accepted if a server listens on
 * the port.
 */
std::optional<Connection> accepted(const TcpSocket& socket, const Connection *entry, bool served) {
  const bool unknown =
      entry == nullptr || (entry->picked_up && entry->original.source == socket.local);
  if (unknown) return served ? std::optional(direct(socket)) : std::nullopt;
  return entry->original.source == socket.local ? std::nullopt : std::optional(*entry);
}

}  // namespace

std::vector<Identity> Connections::running(const std::vector<Filter>& filters) {
  return find(filters, [](const Connection& connection) { return !connection.over; });
}

Cut Connections::cut(const std::vector<Filter>& filters) {
  Cut cut;
  if (filters.empty()) return cut;
  if (filters.front().protocol == IPPROTO_UDP) {
    cut.ended = cutFlows(filters);
    return cut;
  }
  for (const Filter& filter : filters) {
    const Cut one = cutSockets(filter);
    cut.ended += one.ended;
    cut.waiting += one.waiting;
    if (cut.code == 0) cut.code = one.code;
  }
  return cut;
}

void Connections::close() {
  table_.close();
  tcp_.close();
  mptcp_.close();
  local_.close();
}

bool Connections::concerns(const Filter& filter, const Connection& connection) {
  if (!matches(filter, connection)) return false;
  const Address& source = connection.original.source.address;
  if (!local_.receives(connection.original.destination.address, source)) return false;
  return !filter.from || local_.contains(source) == (*filter.from == Origin::kHost);
}

std::vector<Identity> Connections::find(const std::vector<Filter>& filters,
                                        const std::function<bool(const Connection&)>& wanted) {
  local_.forget();
  std::vector<Identity> found;
  for (const Family family : familiesOf(filters)) {
    const std::size_t before = found.size();
    table_.list(
        commonQuery(family, filters), [&] { found.resize(before); },
        [&](const Connection& connection, const Attributes& message) {
          const bool concerned =
              wanted(connection) &&
              std::any_of(filters.begin(), filters.end(),
                          [&](const Filter& filter) { return concerns(filter, connection); });
          if (!concerned) return;
          if (auto identity = identityOf(message)) found.push_back(std::move(*identity));
        });
  }
  return found;
}

std::uint64_t Connections::cutFlows(const std::vector<Filter>& filters) {
  if (filters.empty() || table_.isEmpty()) return 0;
  const auto found = find(filters, [](const Connection& /*any*/) { return true; });
  const bool may_be_answered = std::any_of(filters.begin(), filters.end(),
                                           [](const Filter& filter) { return filter.unanswered; });
  const auto concerns_now = [&](const Identity& identity) {
    const auto now = table_.find(identity);
    return now && std::any_of(filters.begin(), filters.end(),
                              [&](const Filter& filter) { return matches(filter, *now); });
  };
  return std::count_if(found.begin(), found.end(), [&](const Identity& identity) {
    // The kernel deletes an entry by its identity only, so its state is checked right before.
    return (!may_be_answered || concerns_now(identity)) && table_.erase(identity);
  });
}

Connections::Entries Connections::entriesOf(const Filter& filter, PortSpan local_ports) {
  Entries entries;
  const auto add = [&](const Tuple& tuple, const Connection& connection,
                       const Attributes& message) {
    if (!contains(local_ports, tuple.source.port)) return;
    auto identity = identityOf(message);
    if (identity) entries[{tuple.source, tuple.destination}] = {connection, std::move(*identity)};
  };
  const ConnectionTable::Visit visit = [&](const Connection& connection,
                                           const Attributes& message) {
    add(connection.original, connection, message);
    add(connection.reply, connection, message);
  };
  const auto port = onlyPort(local_ports);
  for (const Family family : familiesOf({filter})) {
    table_.list(
        {family, filter.protocol, {}, {}, port, false}, [] {}, visit);
    // Without a port, the first query selected these as well.
    if (port)
      table_.list(
          {family, filter.protocol, port, {}, {}, false}, [] {}, visit);
  }
  return entries;
}

std::vector<Connections::Ending> Connections::socketsOf(const Filter& filter) {
  const auto ports = localPorts(filter);
  if (!ports) return {};
  // Sockets are listed first: an entry is older than its socket, so the entry of a listed socket
  // cannot be missed.
  const std::vector<TcpSocket> sockets = tcp_.list(*ports);
  const auto listens = [](const TcpSocket& socket) { return socket.listening; };
  if (std::all_of(sockets.begin(), sockets.end(), listens)) return {};
  local_.forget();
  const Entries entries = entriesOf(filter, *ports);
  std::set<std::uint16_t> served;
  for (const TcpSocket& socket : sockets) {
    if (socket.listening) served.insert(socket.local.port);
  }
  std::vector<Ending> endings;
  for (const TcpSocket& socket : sockets) {
    if (socket.listening) continue;
    const auto entry = entries.find({socket.local, socket.remote});
    const bool tracked = entry != entries.end();
    const auto connection = accepted(socket, tracked ? &entry->second.connection : nullptr,
                                     served.count(socket.local.port) != 0);
    if (!connection || !concerns(filter, *connection)) continue;
    endings.push_back({socket, tracked ? std::optional(entry->second.identity) : std::nullopt});
  }
  return endings;
}

std::set<std::uint32_t> Connections::endingWhole(const std::vector<Ending>& endings) {
  std::map<std::uint32_t, std::size_t> left;
  for (const Ending& ending : endings) {
    if (ending.socket.mptcp_token) left.emplace(*ending.socket.mptcp_token, 0);
  }
  if (left.empty()) return {};
  for (const TcpSocket& socket : tcp_.list({0, std::numeric_limits<std::uint16_t>::max()})) {
    const auto counted = socket.mptcp_token ? left.find(*socket.mptcp_token) : left.end();
    if (counted != left.end() && !socket.listening) ++counted->second;
  }
  for (const Ending& ending : endings) {
    if (!ending.socket.mptcp_token) continue;
    auto& count = left[*ending.socket.mptcp_token];
    if (count > 0) --count;
  }
  std::set<std::uint32_t> whole;
  for (const auto& [token, count] : left) {
    if (count == 0) whole.insert(token);
  }
  return whole;
}

Cut Connections::cutSockets(const Filter& filter) {
  const std::vector<Ending> endings = socketsOf(filter);
  Cut cut;
  // This happens while the subflows exist, because one of them sends the reset that ends the
  // connection.
  const auto whole = endingWhole(endings);
  for (const std::uint32_t token : whole) {
    const int code = mptcp_.end(token);
    if (code == 0) {
      ++cut.ended;
    } else if (code != ENOENT) {
      ++cut.waiting;
      if (cut.code == 0) cut.code = code;
    }
  }
  for (const auto& [socket, entry] : endings) {
    const bool destroyed = tcp_.destroy(socket);
    if (destroyed && !socket.mptcp_token) ++cut.ended;
    // The entry is deleted after the socket: otherwise packets that the socket still sends would
    // create an entry that looks like a connection of its own to the client.
    if (entry) table_.erase(*entry);
  }
  return cut;
}

}  // namespace portshift::conntrack
