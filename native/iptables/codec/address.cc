#include "iptables/codec/address.h"

#include <arpa/inet.h>

namespace portshift::xt {

namespace {

int socketFamily(Family family) {
  return family == Family::kIpv4 ? AF_INET : AF_INET6;
}

}  // namespace

std::optional<Address> parseAddress(Family family, const std::string& text) {
  Address address{};
  // inet_pton would stop at a NUL inside the text.
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(socketFamily(family), text.c_str(), address.data()) != 1) return std::nullopt;
  return address;
}

std::string formatAddress(Family family, const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(socketFamily(family), address.data(), text, sizeof text);
  return text;
}

}  // namespace portshift::xt
