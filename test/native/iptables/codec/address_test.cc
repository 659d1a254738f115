#include "iptables/codec/address.h"

#include "check.h"

using portshift::Family;
using portshift::xt::formatAddress;
using portshift::xt::parseAddress;

TEST("iptables/codec/address", "reads and writes both families") {
  for (const auto *text : {"0.0.0.0", "195.33.1.38", "255.255.255.255"}) {
    const auto address = parseAddress(Family::kIpv4, text);
    CHECK(address.has_value());
    CHECK_EQUAL(formatAddress(Family::kIpv4, *address), text);
  }
  for (const auto *text : {"::", "::1", "fd00::1", "ffff:ffff:ffff:ffff::"}) {
    const auto address = parseAddress(Family::kIpv6, text);
    CHECK(address.has_value());
    CHECK_EQUAL(formatAddress(Family::kIpv6, *address), text);
  }
}

TEST("iptables/codec/address", "takes no name, mask, zone or address of the other family") {
  for (const auto *text : {"", "localhost", "1.2.3", "1.2.3.4/8", "::1", "01.2.3.4 "}) {
    CHECK(!parseAddress(Family::kIpv4, text));
  }
  for (const auto *text : {"", "1.2.3.4", "::1/128", "fe80::1%lo", "[::1]"}) {
    CHECK(!parseAddress(Family::kIpv6, text));
  }
  CHECK(!parseAddress(Family::kIpv4, std::string("1.2.3.4\0x", 9)));
}
