#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "common/bytes.h"
#include "common/family.h"

namespace portshift::conntrack {

/**
 * An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d. An IPv4 connection to an IPv6 socket so has
 * the same addresses in the table of connections and in that of sockets.
 */
class Address {
 public:
  Address() = default;

  /** Of 4 or 16 bytes in network order; nothing for any other number. */
  static std::optional<Address> fromBytes(ByteView bytes);

  /** inet_pton(3); nothing for what is no address. */
  static std::optional<Address> parse(const std::string& text);

  Family family() const;
  /** 127.0.0.0/8 and ::1. */
  bool isLoopback() const;
  /** 224.0.0.0/4, ff00::/8 and 255.255.255.255, which no route has to lead to. */
  bool isGroup() const;
  /** 4 or 16 bytes, as the family has it. */
  ByteView bytes() const;

  friend bool operator==(const Address& a, const Address& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Address& a, const Address& b) { return !(a == b); }
  friend bool operator<(const Address& a, const Address& b) { return a.bytes_ < b.bytes_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/** AF_INET or AF_INET6. */
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
