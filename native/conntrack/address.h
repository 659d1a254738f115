#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "util/bytes.h"
#include "util/family.h"

namespace portshift::conntrack {

/**
 * An IPv6 address, or an IPv4 address as ::ffff:a.b.c.d. In this form an IPv4 connection to an IPv6
 * socket has the same addresses in the tables of connections and of sockets.
 */
class Address {
 public:
  Address() = default;

  /** Makes an address from 4 or 16 bytes in network order. Returns nothing for another length. */
  static std::optional<Address> fromBytes(ByteView bytes);

  /** Parses an address with inet_pton(3). Returns nothing if the text is not an address. */
  static std::optional<Address> parse(const std::string& text);

  Family family() const;
  /** Returns true for 127.0.0.0/8 and ::1. */
  bool isLoopback() const;
  /** Returns true for 224.0.0.0/4, ff00::/8 and 255.255.255.255, which need no route. */
  bool isGroup() const;
  /** Returns 4 or 16 bytes, depending on the family. */
  ByteView bytes() const;

  friend bool operator==(const Address& a, const Address& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Address& a, const Address& b) { return !(a == b); }
  friend bool operator<(const Address& a, const Address& b) { return a.bytes_ < b.bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/** Returns AF_INET or AF_INET6. */
std::uint8_t socketFamily(Family family);

struct Endpoint {
  Address address;
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint& a, const Endpoint& b) {
    return a.port == b.port && a.address == b.address;
  }
  friend bool operator<(const Endpoint& a, const Endpoint& b) {
    return std::tie(a.port, a.address) < std::tie(b.port, b.address);
  }
};

}  // namespace portshift::conntrack
