#include "conntrack/address.h"

#include <arpa/inet.h>

#include <algorithm>

namespace portshift::conntrack {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kIpv4Size = 4;

}  // namespace

std::optional<Address> Address::fromBytes(ByteView bytes) {
  Address address;
  if (bytes.size() == kIpv4Size) {
    std::copy(kMapped.begin(), kMapped.end(), address.bytes_.begin());
    std::copy_n(bytes.begin(), kIpv4Size, address.bytes_.begin() + kMapped.size());
  } else if (bytes.size() == address.bytes_.size()) {
    std::copy_n(bytes.begin(), address.bytes_.size(), address.bytes_.begin());
  } else {
    return std::nullopt;
  }
  return address;
}

std::optional<Address> Address::parse(const std::string& text) {
  std::array<std::uint8_t, 16> bytes{};
  // inet_pton would stop at a NUL inside the text.
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return fromBytes({bytes.data(), kIpv4Size});
  }
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  return fromBytes({bytes.data(), bytes.size()});
}

Family Address::family() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()) ? Family::kIpv4 : Family::kIpv6;
}

bool Address::isLoopback() const {
  constexpr std::uint8_t kLoopbackNet = 127;
  if (family() == Family::kIpv4) return bytes_[kMapped.size()] == kLoopbackNet;
  return bytes_.back() == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

bool Address::isGroup() const {
  constexpr std::uint8_t kAllOnes = 0xff;
  constexpr std::uint8_t kMulticastBits = 0xf0;
  constexpr std::uint8_t kMulticastNet = 0xe0;
  if (family() == Family::kIpv6) return bytes_.front() == kAllOnes;
  if ((bytes_[kMapped.size()] & kMulticastBits) == kMulticastNet) return true;
  return std::all_of(bytes_.begin() + kMapped.size(), bytes_.end(),
                     [](std::uint8_t byte) { return byte == kAllOnes; });
}

ByteView Address::bytes() const {
  const ByteView all(bytes_.data(), bytes_.size());
  return family() == Family::kIpv4 ? all.sub(kMapped.size(), kIpv4Size) : all;
}

std::uint8_t socketFamily(Family family) {
  return family == Family::kIpv4 ? AF_INET : AF_INET6;
}

}  // namespace portshift::conntrack
