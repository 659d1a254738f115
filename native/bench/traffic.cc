// Packets for the data path: a server that accepts all of them, and clients that measure.
//
//   traffic serve PORT...                  TCP and UDP; prints a line when it is ready
//   traffic connect ADDRESS PORT...        a round: a connection to one of the ports, and a reset
//   traffic stream ADDRESS PORT...         a round: 64 KiB on an established TCP connection
//   traffic datagrams ADDRESS PORT...      a round: a datagram of 64 bytes on a UDP flow
//
// Rounds use the ports in turn. Streams and datagrams also use several connections or flows in
// turn, because the cost of one of them depends on where its parts happen to lie in memory.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "bench/loop.h"

namespace {

using portshift::bench::fail;
using portshift::bench::serve;

constexpr std::size_t kChunk = std::size_t{64} * 1024;
constexpr std::size_t kDatagram = 64;
constexpr std::size_t kConnections = 16;
/**
 * The size of a receive buffer. All connections together hold much less than is sent in a turn, so
 * the sender cannot be far ahead.
 */
constexpr int kReceiveBuffer = 256 * 1024;

sockaddr_in addressOf(const char *address, const char *port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10)));
  if (inet_pton(AF_INET, address, &result.sin_addr) != 1) fail("inet_pton");
  return result;
}

int open(int type) {
  const int fd = ::socket(AF_INET, type, 0);
  if (fd < 0) fail("socket");
  return fd;
}

int connectTo(int type, const sockaddr_in& address) {
  const int fd = open(type);
  if (::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) {
    fail("connect");
  }
  return fd;
}

int bound(int type, const char *port) {
  const int fd = open(type);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = addressOf("0.0.0.0", port);
  if (::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0) fail("bind");
  return fd;
}

/** Accepts connections and datagrams and discards their content until the process is killed. */
int takeAll(int count, char **ports) {
  std::vector<pollfd> waiting;
  const auto listeners = static_cast<std::size_t>(count);
  for (int i = 0; i < count; ++i) {
    const int fd = bound(SOCK_STREAM, ports[i]);
    // Accepted connections inherit the buffer size that is set before listen(2).
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    if (::listen(fd, 4096) != 0) fail("listen");
    waiting.push_back({fd, POLLIN, 0});
  }
  for (int i = 0; i < count; ++i) waiting.push_back({bound(SOCK_DGRAM, ports[i]), POLLIN, 0});
  std::cout << "ready" << std::endl;
  std::vector<char> buffer(4 * kChunk);
  for (;;) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) fail("poll");
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      const int fd = waiting[i].fd;
      if (i < listeners) {
        const int accepted = ::accept(fd, nullptr, nullptr);
        if (accepted >= 0) waiting.push_back({accepted, POLLIN, 0});
      } else if (::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) <= 0 && errno != EAGAIN) {
        ::close(fd);
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i--));
      }
    }
  }
}

std::vector<sockaddr_in> addressesOf(const char *host, int count, char **ports) {
  std::vector<sockaddr_in> addresses;
  addresses.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) addresses.push_back(addressOf(host, ports[i]));
  return addresses;
}

int connectAgain(const std::vector<sockaddr_in>& addresses) {
  std::size_t next = 0;
  return serve([&addresses, &next] {
    const int fd = connectTo(SOCK_STREAM, addresses[next++ % addresses.size()]);
    // Closing with a reset leaves no TIME_WAIT, however many connections there are.
    const linger reset{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(fd);
  });
}

int sendAgain(int type, const std::vector<sockaddr_in>& addresses, std::size_t size) {
  std::vector<int> connections;
  connections.reserve(kConnections);
  for (std::size_t i = 0; i < kConnections; ++i) {
    connections.push_back(connectTo(type, addresses[i % addresses.size()]));
  }
  const std::vector<char> data(size);
  std::size_t next = 0;
  return serve([&connections, &data, &next] {
    const int fd = connections[next++ % connections.size()];
    if (::send(fd, data.data(), data.size(), 0) < 0 && errno != ECONNREFUSED) fail("send");
  });
}

}  // namespace

int main(int argc, char **argv) {
  const std::string mode = argc > 2 ? argv[1] : "";
  if (mode == "serve") return takeAll(argc - 2, argv + 2);
  if (argc > 3) {
    const std::vector<sockaddr_in> addresses = addressesOf(argv[2], argc - 3, argv + 3);
    if (mode == "connect") return connectAgain(addresses);
    if (mode == "stream") return sendAgain(SOCK_STREAM, addresses, kChunk);
    if (mode == "datagrams") return sendAgain(SOCK_DGRAM, addresses, kDatagram);
  }
  std::cerr << "usage: traffic serve PORT... | connect|stream|datagrams ADDRESS PORT...\n";
  return 2;
}
