#include "iptables/codec/rule_reader.h"

#include <netinet/in.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "iptables/codec/address.h"
#include "iptables/codec/target_codec.h"

namespace portshift::xt {

namespace {

constexpr std::uint32_t kLastMark = 0xffffffff;
// The greatest revision stands for the standard target.
constexpr std::uint32_t kLastRevision = kStandardRevision - 1;

Address readAddress(Family family, const JsonField& field) {
  const auto address = parseAddress(family, std::string(field.string()));
  if (!address) field.fail(family == Family::kIpv4 ? "an IPv4 address" : "an IPv6 address");
  return *address;
}

std::optional<AddressSpec> readAddressSpec(Family family, const JsonField& field) {
  if (field.isAbsent()) return std::nullopt;
  return AddressSpec{readAddress(family, field.property("address")),
                     readAddress(family, field.property("mask")),
                     field.property("invert").optionalBoolean()};
}

std::optional<InterfaceSpec> readInterface(const JsonField& field) {
  if (field.isAbsent()) return std::nullopt;
  return InterfaceSpec{std::string(field.property("name").string()),
                       field.property("invert").optionalBoolean()};
}

std::optional<std::uint8_t> readOptionalProtocol(const JsonField& field) {
  if (field.isAbsent()) return std::nullopt;
  if (field.isNumber()) return static_cast<std::uint8_t>(field.integer(1, 255));
  const std::string_view name = field.string();
  if (name == "tcp") return IPPROTO_TCP;
  if (name == "udp") return IPPROTO_UDP;
  field.fail("'tcp', 'udp' or a number");
}

Extension readExtension(const JsonField& field) {
  Extension extension;
  extension.name = std::string(field.property("name").string());
  extension.revision =
      static_cast<std::uint8_t>(field.property("revision").integer(0, kLastRevision));
  extension.data = field.property("data").bytes();
  return extension;
}

ConntrackMatch readConntrack(const JsonField& field) {
  ConntrackMatch match;
  match.not_established = field.property("notEstablished").optionalBoolean();
  match.not_translated = field.property("notTranslated").optionalBoolean();
  match.direction_original = field.property("directionOriginal").optionalBoolean();
  match.direction_reply = field.property("directionReply").optionalBoolean();
  return match;
}

unsigned int addressTypeBit(const JsonField& field) {
  const std::string_view name = field.string();
  for (std::size_t bit = 0; bit < kAddressTypeNames.size(); ++bit) {
    if (name == kAddressTypeNames.at(bit)) return 1U << bit;
  }
  field.fail("the name of an address type");
}

AddrtypeMatch readAddrtype(const JsonField& field) {
  AddrtypeMatch match;
  const JsonField types = field.property("destinationTypes");
  types.forEachElement([&match](const JsonField& type) {
    match.types = static_cast<std::uint16_t>(match.types | addressTypeBit(type));
  });
  match.invert = field.property("invert").optionalBoolean();
  match.limit_interface = field.property("limitInterface").optionalBoolean();
  return match;
}

std::optional<TcpFlags> readFlags(const JsonField& field) {
  if (field.isAbsent()) return std::nullopt;
  constexpr std::uint32_t kAllFlags = 0xff;
  std::array<std::uint8_t, 2> flags{};
  std::size_t count = 0;
  field.forEachElement([&](const JsonField& bits) {
    if (count == flags.size()) field.fail("a mask and the flags that are set");
    flags[count++] = static_cast<std::uint8_t>(bits.integer(0, kAllFlags));
  });
  if (count != flags.size()) field.fail("a mask and the flags that are set");
  return TcpFlags{flags[0], flags[1]};
}

Match readMatch(const JsonField& field) {
  const JsonField kind = field.property("match");
  const std::string_view name = kind.string();
  if (name == "tcp") {
    return TcpMatch{readPorts(field.property("destinationPorts")),
                    field.property("syn").optionalBoolean(),
                    field.property("notSyn").optionalBoolean(),
                    readPorts(field.property("sourcePorts")), readFlags(field.property("flags"))};
  }
  if (name == "udp") {
    return UdpMatch{readPorts(field.property("destinationPorts")),
                    readPorts(field.property("sourcePorts"))};
  }
  if (name == "mark") {
    return MarkMatch{field.property("value").integer(0, kLastMark),
                     field.property("mask").integer(0, kLastMark)};
  }
  if (name == "conntrack") return readConntrack(field);
  if (name == "addrtype") return readAddrtype(field);
  if (name == "socket") return SocketMatch{};
  if (name == "comment") return CommentMatch{std::string(field.property("comment").string())};
  if (name == "unknown") return readExtension(field);
  kind.fail("the name of a known match, or 'unknown'");
}

DnatTarget readDnat(Family family, const JsonField& field) {
  DnatTarget target;
  target.port = field.property("port").port();
  const JsonField address = field.property("address");
  if (!address.isAbsent()) target.address = readAddress(family, address);
  return target;
}

RejectTarget readReject(const JsonField& field) {
  const JsonField with = field.property("with");
  const std::string_view name = with.string();
  if (name == "tcp-reset") return {RejectTarget::With::kTcpReset};
  if (name == "port-unreachable") return {RejectTarget::With::kPortUnreachable};
  with.fail("'tcp-reset' or 'port-unreachable'");
}

Target readTarget(Family family, const JsonField& field) {
  const JsonField kind = field.property("target");
  const std::string_view name = kind.string();
  if (name == "REDIRECT") return RedirectTarget{field.property("port").port()};
  if (name == "DNAT") return readDnat(family, field);
  if (name == "MARK") {
    return MarkTarget{field.property("value").integer(0, kLastMark),
                      field.property("mask").integer(0, kLastMark)};
  }
  if (name == "REJECT") return readReject(field);
  if (const auto verdict = verdictNamed(name)) return *verdict;
  if (name == "jump" || name == "goto") {
    return JumpTarget{std::string(field.property("chain").string()), name == "goto"};
  }
  if (name == "none") return NoTarget{};
  if (name == "unknown") return readExtension(field);
  kind.fail("the name of a known target, or 'unknown'");
}

}  // namespace

std::optional<PortSpan> readPorts(const JsonField& field) {
  if (field.isAbsent()) return std::nullopt;
  std::array<std::uint16_t, 2> ports{};
  std::size_t count = 0;
  field.forEachElement([&](const JsonField& port) {
    if (count == ports.size()) field.fail("two ports");
    ports[count++] = port.port();
  });
  if (count != ports.size()) field.fail("two ports");
  const PortSpan span{ports[0], ports[1]};
  if (span.first > span.last) field.fail("the lower port first");
  return span;
}

Rule readRule(Family family, const JsonField& field) {
  Rule rule;
  rule.protocol = readOptionalProtocol(field.property("protocol"));
  const JsonField source = field.property("source");
  rule.source = readAddressSpec(family, source);
  const JsonField destination = field.property("destination");
  rule.destination = readAddressSpec(family, destination);
  const JsonField in_interface = field.property("inInterface");
  rule.in_interface = readInterface(in_interface);
  const JsonField out_interface = field.property("outInterface");
  rule.out_interface = readInterface(out_interface);
  rule.other_flags = field.property("otherFlags").optionalBoolean();
  const JsonField matches = field.property("matches");
  matches.forEachElement(
      [&rule](const JsonField& match) { rule.matches.push_back(readMatch(match)); });
  const JsonField target = field.property("target");
  rule.target = readTarget(family, target);
  return rule;
}

}  // namespace portshift::xt
