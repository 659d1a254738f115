#include "iptables/codec/rule_writer.h"

#include "check.h"
#include "iptables/codec/address.h"
#include "iptables/codec/entry_codec.h"
#include "iptables/codec/rule_reader.h"
#include "util/json.h"

using namespace portshift::xt;
using portshift::Family;
using portshift::Json;
using portshift::JsonField;

namespace {

Address ipv4(const char *text) {
  return parseAddress(Family::kIpv4, text).value();
}

std::string written(const Rule& rule, Family family = Family::kIpv4) {
  std::string json;
  appendRule(json, family, rule);
  return json;
}

/** Every match, and all that a rule can have besides. */
Rule fullRule(Target target) {
  Rule rule;
  rule.protocol = 6;
  rule.source = AddressSpec{ipv4("10.0.0.0"), ipv4("255.0.0.0"), true};
  rule.destination = AddressSpec{ipv4("10.1.2.3"), ipv4("255.255.255.255"), false};
  rule.in_interface = InterfaceSpec{"eth+", false};
  rule.out_interface = InterfaceSpec{"lo", true};
  ConntrackMatch conntrack;
  conntrack.not_established = conntrack.not_translated = conntrack.direction_original = true;
  rule.matches = {TcpMatch{PortSpan{80, 81}, true},
                  TcpMatch{std::nullopt, false, false, PortSpan{8443, 8443}, TcpFlags{0x14, 0x10}},
                  UdpMatch{},
                  UdpMatch{PortSpan{1, 2}, PortSpan{53, 54}},
                  MarkMatch{1, 0xffffffff},
                  conntrack,
                  AddrtypeMatch{1U << 2 | 1U << 4, true, true},
                  SocketMatch{},
                  CommentMatch{"a \"web\""},
                  Extension{"limit", 0, {1, 2, 255}}};
  rule.target = std::move(target);
  return rule;
}

}  // namespace

TEST("iptables/codec/rule_writer", "writes the fields that are there, in their order") {
  CHECK_EQUAL(written(Rule{}), R"({"matches":[],"target":{"target":"none"}})");
  CHECK_EQUAL(
      written(fullRule(RejectTarget{RejectTarget::With::kTcpReset})),
      R"({"protocol":"tcp","source":{"address":"10.0.0.0","mask":"255.0.0.0","invert":true},)"
      R"("destination":{"address":"10.1.2.3","mask":"255.255.255.255"},)"
      R"("inInterface":{"name":"eth+"},"outInterface":{"name":"lo","invert":true},"matches":[)"
      R"({"match":"tcp","destinationPorts":[80,81],"syn":true},)"
      R"({"match":"tcp","sourcePorts":[8443,8443],"flags":[20,16]},{"match":"udp"},)"
      R"({"match":"udp","destinationPorts":[1,2],"sourcePorts":[53,54]},)"
      R"({"match":"mark","value":1,"mask":4294967295},)"
      R"({"match":"conntrack","notEstablished":true,"notTranslated":true,"directionOriginal":true},)"
      R"({"match":"addrtype","destinationTypes":["local","anycast"],"invert":true,"limitInterface":true},)"
      R"({"match":"socket"},{"match":"comment","comment":"a \"web\""},)"
      R"({"match":"unknown","name":"limit","revision":0,"data":"0102ff"}],)"
      R"("target":{"target":"REJECT","with":"tcp-reset"}})");
}

TEST("iptables/codec/rule_writer",
     "writes a protocol by its name or number, and flags that have no field") {
  Rule rule;
  rule.protocol = 17;
  CHECK_EQUAL(written(rule), R"({"protocol":"udp","matches":[],"target":{"target":"none"}})");
  rule.protocol = 132;
  rule.other_flags = true;
  CHECK_EQUAL(written(rule),
              R"({"protocol":132,"otherFlags":true,"matches":[],"target":{"target":"none"}})");
}

TEST("iptables/codec/rule_writer", "writes what the reader takes for the same rule") {
  const Target targets[] = {RedirectTarget{8443},
                            DnatTarget{std::nullopt, 80},
                            DnatTarget{ipv4("10.0.0.9"), 80},
                            MarkTarget{4, 12},
                            RejectTarget{},
                            Verdict::kAccept,
                            Verdict::kDrop,
                            Verdict::kReturn,
                            Verdict::kQueue,
                            JumpTarget{"c", false},
                            JumpTarget{"own-\x01\"", true},
                            NoTarget{},
                            Extension{"NFLOG", 0, {0, 7}}};
  for (const Target& target : targets) {
    const Rule rule = fullRule(target);
    const std::string text = written(rule);
    const Json json(text);
    const Rule again = readRule(Family::kIpv4, JsonField(json, "rule"));
    CHECK_EQUAL(written(again), text);
  }
}

TEST("iptables/codec/rule_writer", "writes addresses of IPv6 as the kernel's masks are written") {
  Rule rule;
  rule.source = AddressSpec{parseAddress(Family::kIpv6, "fd00::1").value(),
                            parseAddress(Family::kIpv6, "ffff::").value(), false};
  CHECK_EQUAL(
      written(rule, Family::kIpv6),
      R"({"source":{"address":"fd00::1","mask":"ffff::"},"matches":[],"target":{"target":"none"}})");
}
