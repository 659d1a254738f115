#include "addon/js_rule_reader.h"

#include <netinet/in.h>

#include <utility>

#include "xt/address.h"
#include "xt/target_codec.h"

namespace portshift::addon {

namespace {

constexpr std::uint32_t kLastMark = 0xffffffff;
// The greatest one stands for the standard target.
constexpr std::uint32_t kLastRevision = xt::kStandardRevision - 1;

std::optional<xt::PortSpan> readPorts(const JsField& field) {
  if (field.isAbsent()) return std::nullopt;
  if (field.arrayLength() != 2) field.fail("two ports");
  const xt::PortSpan span{field.element(0).port(), field.element(1).port()};
  if (span.first > span.last) field.fail("the lower port first");
  return span;
}

xt::Address readAddress(Family family, const JsField& field) {
  const auto address = xt::parseAddress(family, field.string());
  if (!address) field.fail(family == Family::kIpv4 ? "an IPv4 address" : "an IPv6 address");
  return *address;
}

std::optional<xt::AddressSpec> readAddressSpec(Family family, const JsField& field) {
  if (field.isAbsent()) return std::nullopt;
  return xt::AddressSpec{readAddress(family, field.property("address")),
                         readAddress(family, field.property("mask")),
                         field.property("invert").optionalBoolean()};
}

std::optional<xt::InterfaceSpec> readInterface(const JsField& field) {
  if (field.isAbsent()) return std::nullopt;
  return xt::InterfaceSpec{field.property("name").string(),
                           field.property("invert").optionalBoolean()};
}

std::optional<std::uint8_t> readOptionalProtocol(const JsField& field) {
  if (field.isAbsent()) return std::nullopt;
  if (field.isNumber()) return static_cast<std::uint8_t>(field.integer(1, 255));
  const std::string name = field.string();
  if (name == "tcp") return IPPROTO_TCP;
  if (name == "udp") return IPPROTO_UDP;
  field.fail("'tcp', 'udp' or a number");
}

xt::Extension readExtension(const JsField& field) {
  xt::Extension extension;
  extension.name = field.property("name").string();
  extension.revision =
      static_cast<std::uint8_t>(field.property("revision").integer(0, kLastRevision));
  extension.data = field.property("data").bytes();
  return extension;
}

xt::ConntrackMatch readConntrack(const JsField& field) {
  xt::ConntrackMatch match;
  match.not_established = field.property("notEstablished").optionalBoolean();
  match.not_translated = field.property("notTranslated").optionalBoolean();
  match.direction_original = field.property("directionOriginal").optionalBoolean();
  return match;
}

xt::AddrtypeMatch readAddrtype(const JsField& type) {
  const std::string name = type.string();
  if (name == "local") return {xt::AddrtypeMatch::Destination::kLocal};
  if (name == "not-unicast") return {xt::AddrtypeMatch::Destination::kNotUnicast};
  type.fail("'local' or 'not-unicast'");
}

xt::Match readMatch(const JsField& field) {
  const JsField kind = field.property("match");
  const std::string name = kind.string();
  if (name == "tcp") {
    return xt::TcpMatch{readPorts(field.property("destinationPorts")),
                        field.property("syn").optionalBoolean()};
  }
  if (name == "udp") return xt::UdpMatch{readPorts(field.property("destinationPorts"))};
  if (name == "mark") {
    return xt::MarkMatch{field.property("value").integer(0, kLastMark),
                         field.property("mask").integer(0, kLastMark)};
  }
  if (name == "conntrack") return readConntrack(field);
  if (name == "addrtype") return readAddrtype(field.property("destinationType"));
  if (name == "comment") return xt::CommentMatch{field.property("comment").string()};
  if (name == "unknown") return readExtension(field);
  kind.fail("the name of a known match, or 'unknown'");
}

xt::DnatTarget readDnat(Family family, const JsField& field) {
  xt::DnatTarget target;
  target.port = field.property("port").port();
  const JsField address = field.property("address");
  if (!address.isAbsent()) target.address = readAddress(family, address);
  return target;
}

xt::RejectTarget readReject(const JsField& field) {
  const JsField with = field.property("with");
  const std::string name = with.string();
  if (name == "tcp-reset") return {xt::RejectTarget::With::kTcpReset};
  if (name == "port-unreachable") return {xt::RejectTarget::With::kPortUnreachable};
  with.fail("'tcp-reset' or 'port-unreachable'");
}

xt::Target readTarget(Family family, const JsField& field) {
  const JsField kind = field.property("target");
  const std::string name = kind.string();
  if (name == "REDIRECT") return xt::RedirectTarget{field.property("port").port()};
  if (name == "DNAT") return readDnat(family, field);
  if (name == "MARK") {
    return xt::MarkTarget{field.property("value").integer(0, kLastMark),
                          field.property("mask").integer(0, kLastMark)};
  }
  if (name == "REJECT") return readReject(field);
  if (const auto verdict = xt::verdictNamed(name)) return *verdict;
  if (name == "jump" || name == "goto") {
    return xt::JumpTarget{field.property("chain").string(), name == "goto"};
  }
  if (name == "none") return xt::NoTarget{};
  if (name == "unknown") return readExtension(field);
  kind.fail("the name of a known target, or 'unknown'");
}

}  // namespace

xt::Rule readRule(Family family, const JsField& field) {
  xt::Rule rule;
  rule.protocol = readOptionalProtocol(field.property("protocol"));
  const JsField source = field.property("source");
  rule.source = readAddressSpec(family, source);
  const JsField destination = field.property("destination");
  rule.destination = readAddressSpec(family, destination);
  const JsField in_interface = field.property("inInterface");
  rule.in_interface = readInterface(in_interface);
  const JsField out_interface = field.property("outInterface");
  rule.out_interface = readInterface(out_interface);
  rule.other_flags = field.property("otherFlags").optionalBoolean();
  const JsField matches = field.property("matches");
  const std::uint32_t count = matches.arrayLength();
  for (std::uint32_t i = 0; i < count; ++i) rule.matches.push_back(readMatch(matches.element(i)));
  const JsField target = field.property("target");
  rule.target = readTarget(family, target);
  return rule;
}

}  // namespace portshift::addon
