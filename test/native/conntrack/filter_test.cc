#include "conntrack/filter.h"

#include <netinet/in.h>

#include <functional>

#include "check.h"
#include "conntrack/message.h"

using portshift::Bytes;
using portshift::Family;
using portshift::conntrack::Address;
using portshift::conntrack::Attributes;
using portshift::conntrack::Filter;
using portshift::conntrack::matches;
using portshift::conntrack::parseConnection;
using portshift::conntrack::PortSet;

namespace {

/** Everything translated to 8443. */
Filter translated() {
  Filter filter;
  filter.protocol = IPPROTO_TCP;
  filter.translated = true;
  filter.ports.add({0, 65535});
  filter.target_port = 8443;
  return filter;
}

bool test(const Filter& filter, const Message& message) {
  const Bytes bytes = message.bytes();
  return matches(filter, *parseConnection(Attributes(bytes)));
}

/** Whether the connection still matches when the filter is changed. */
bool testWith(const std::function<void(Filter&)>& change) {
  Filter filter = translated();
  change(filter);
  return test(filter, Message());
}

}  // namespace

TEST("conntrack/filter", "takes what is translated, by every field that it has") {
  CHECK(testWith([](Filter&) {}));
  CHECK(!testWith([](Filter& filter) { filter.protocol = IPPROTO_UDP; }));
  CHECK(testWith([](Filter& filter) { filter.family = Family::kIpv4; }));
  CHECK(!testWith([](Filter& filter) { filter.family = Family::kIpv6; }));
  CHECK(!testWith([](Filter& filter) { filter.ports.remove({8445, 8445}); }));
  CHECK(!testWith([](Filter& filter) { filter.target_port = 8444; }));
  CHECK(testWith([](Filter& filter) { filter.target_port.reset(); }));
  CHECK(testWith([](Filter& filter) { filter.destination = Address::parse("192.0.2.1"); }));
  CHECK(!testWith([](Filter& filter) { filter.destination = Address::parse("192.0.2.2"); }));
  CHECK(testWith([](Filter& filter) { filter.target_address = Address::parse("192.0.2.1"); }));
  CHECK(!testWith([](Filter& filter) { filter.target_address = Address::parse("192.0.2.2"); }));
  CHECK(!testWith([](Filter& filter) { filter.translated = false; }));
}

TEST("conntrack/filter", "leaves out what was answered, where it is to") {
  Filter filter = translated();
  Message message;
  message.status |= IPS_SEEN_REPLY;
  CHECK(test(filter, message));
  filter.unanswered = true;
  CHECK(!test(filter, message));
  CHECK(test(filter, Message()));
}

TEST("conntrack/filter", "takes direct ones by the port they asked for") {
  Filter filter;
  filter.protocol = IPPROTO_TCP;
  filter.ports.add({8443, 8443});
  Message direct;
  direct.asked_port = 8443;
  direct.status = 0;
  CHECK(test(filter, direct));
  Message redirected;
  CHECK(!test(filter, redirected));
  redirected.asked_port = 8443;
  CHECK(!test(filter, redirected));
}

TEST("conntrack/filter", "takes loopback addresses for those of a published port at one address") {
  Filter filter = translated();
  filter.destination = Address::parse("192.0.2.1");
  Message local;
  local.server = "127.0.0.1";
  CHECK(test(filter, local));
  local.server = "::1";
  local.client = "::1";
  CHECK(test(filter, local));
}

TEST("conntrack/filter", "has any set of ports") {
  PortSet ports;
  CHECK(!ports.bounds());
  ports.add({0, 65535});
  CHECK_EQUAL(ports.bounds()->first, 0);
  CHECK_EQUAL(ports.bounds()->last, 65535);
  ports.remove({0, 8442});
  ports.remove({8446, 65535});
  ports.remove({8444, 8444});
  CHECK_EQUAL(ports.bounds()->first, 8443);
  CHECK_EQUAL(ports.bounds()->last, 8445);
  CHECK(ports.contains(8443) && !ports.contains(8444) && ports.contains(8445));
}
