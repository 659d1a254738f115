#include "conntrack/address.h"

#include "check.h"

using portshift::Bytes;
using portshift::Family;
using portshift::conntrack::Address;

TEST("conntrack/address", "is the same however an IPv4 address is written") {
  const auto plain = Address::parse("192.0.2.1");
  CHECK(plain == Address::parse("::ffff:192.0.2.1"));
  CHECK(plain == Address::fromBytes(Bytes{192, 0, 2, 1}));
  CHECK(plain != Address::parse("192.0.2.2"));
  CHECK(plain->family() == Family::kIpv4);
  CHECK_EQUAL(plain->bytes().size(), 4U);
  CHECK(Address::parse("2001:db8::1")->family() == Family::kIpv6);
  CHECK_EQUAL(Address::parse("2001:db8::1")->bytes().size(), 16U);
}

TEST("conntrack/address", "is none of any other text or size") {
  for (const char *text : {"", "192.0.2", "192.0.2.1/24", "fe80::1%lo", "localhost"}) {
    CHECK(!Address::parse(text));
  }
  CHECK(!Address::parse(std::string("::1\0", 4)));
  for (const std::size_t size : {0, 3, 5, 15, 17}) CHECK(!Address::fromBytes(Bytes(size)));
}

TEST("conntrack/address", "knows groups that no route has to lead to") {
  for (const char *text : {"224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::fb"}) {
    CHECK(Address::parse(text)->isGroup());
  }
  for (const char *text :
       {"223.255.255.255", "240.0.0.1", "255.255.255.254", "fe80::1", "::ff02"}) {
    CHECK(!Address::parse(text)->isGroup());
  }
}

TEST("conntrack/address", "knows loopback") {
  for (const char *text : {"127.0.0.1", "127.255.0.9", "::1"}) {
    CHECK(Address::parse(text)->isLoopback());
  }
  for (const char *text : {"128.0.0.1", "::", "::2", "1::1", "fe80::1"}) {
    CHECK(!Address::parse(text)->isLoopback());
  }
}
