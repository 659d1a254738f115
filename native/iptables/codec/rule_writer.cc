#include "iptables/codec/rule_writer.h"

#include <netinet/in.h>

#include <string_view>

#include "iptables/codec/address.h"
#include "iptables/codec/target_codec.h"
#include "util/hex.h"
#include "util/json_text.h"

namespace portshift::xt {

namespace {

/** A JSON object that is written from construction to destruction: a rule, or a part of one. */
class Object {
 public:
  Object(std::string& json, Family family) : json_(json), family_(family) { json_ += '{'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { json_ += '}'; }

  void text(std::string_view name, std::string_view value) { appendJsonText(begin(name), value); }
  void number(std::string_view name, std::uint32_t value) { begin(name) += std::to_string(value); }
  void address(std::string_view name, const Address& value) {
    text(name, formatAddress(family_, value));
  }
  /** Writes the field only if it is true. */
  void flag(std::string_view name, bool value) {
    if (value) begin(name) += "true";
  }
  void pair(std::string_view name, unsigned int first, unsigned int second) {
    begin(name) += '[' + std::to_string(first) + ',' + std::to_string(second) + ']';
  }
  void ports(std::string_view name, const std::optional<PortSpan>& span) {
    if (span) pair(name, span->first, span->last);
  }
  void addressTypes(std::uint16_t types) {
    std::string& json = begin("destinationTypes");
    json += '[';
    for (std::size_t bit = 0; bit < kAddressTypeNames.size(); ++bit) {
      if ((types >> bit & 1) == 0) continue;
      if (json.back() != '[') json += ',';
      appendJsonText(json, kAddressTypeNames.at(bit));
    }
    json += ']';
  }
  void extension(const Extension& extension) {
    text("name", extension.name);
    number("revision", extension.revision);
    text("data", hexOf(extension.data));
  }

  /** Writes the name of a field, and returns the text that its value is to be appended to. */
  std::string& begin(std::string_view name) {
    if (json_.back() != '{') json_ += ',';
    json_ += '"';
    json_ += name;
    json_ += "\":";
    return json_;
  }

 private:
  std::string& json_;
  Family family_;
};

void writeAddress(std::string& json, Family family, const AddressSpec& spec) {
  Object object(json, family);
  object.address("address", spec.address);
  object.address("mask", spec.mask);
  object.flag("invert", spec.invert);
}

void writeInterface(std::string& json, Family family, const InterfaceSpec& spec) {
  Object object(json, family);
  object.text("name", spec.name);
  object.flag("invert", spec.invert);
}

/** Writes the kind of a match, and its fields. */
class MatchWriter {
 public:
  explicit MatchWriter(Object& object) : object_(object) {}

  void operator()(const TcpMatch& match) const {
    kind("tcp");
    object_.ports("destinationPorts", match.destination_ports);
    object_.ports("sourcePorts", match.source_ports);
    if (match.flags) object_.pair("flags", match.flags->mask, match.flags->set);
    object_.flag("syn", match.syn);
    object_.flag("notSyn", match.not_syn);
  }
  void operator()(const UdpMatch& match) const {
    kind("udp");
    object_.ports("destinationPorts", match.destination_ports);
    object_.ports("sourcePorts", match.source_ports);
  }
  void operator()(const MarkMatch& match) const {
    kind("mark");
    object_.number("value", match.value);
    object_.number("mask", match.mask);
  }
  void operator()(const ConntrackMatch& match) const {
    kind("conntrack");
    object_.flag("notEstablished", match.not_established);
    object_.flag("notTranslated", match.not_translated);
    object_.flag("directionOriginal", match.direction_original);
    object_.flag("directionReply", match.direction_reply);
  }
  void operator()(const AddrtypeMatch& match) const {
    kind("addrtype");
    object_.addressTypes(match.types);
    object_.flag("invert", match.invert);
    object_.flag("limitInterface", match.limit_interface);
  }
  void operator()(const SocketMatch& /*match*/) const { kind("socket"); }
  void operator()(const CommentMatch& match) const {
    kind("comment");
    object_.text("comment", match.comment);
  }
  void operator()(const Extension& extension) const {
    kind("unknown");
    object_.extension(extension);
  }

 private:
  void kind(std::string_view name) const { object_.text("match", name); }

  Object& object_;
};

/** Writes the kind of a target, and its fields. */
class TargetWriter {
 public:
  explicit TargetWriter(Object& object) : object_(object) {}

  void operator()(const RedirectTarget& target) const {
    kind("REDIRECT");
    object_.number("port", target.port);
  }
  void operator()(const DnatTarget& target) const {
    kind("DNAT");
    if (target.address) object_.address("address", *target.address);
    object_.number("port", target.port);
  }
  void operator()(const MarkTarget& target) const {
    kind("MARK");
    object_.number("value", target.value);
    object_.number("mask", target.mask);
  }
  void operator()(const RejectTarget& target) const {
    kind("REJECT");
    const bool is_reset = target.with == RejectTarget::With::kTcpReset;
    object_.text("with", is_reset ? "tcp-reset" : "port-unreachable");
  }
  void operator()(Verdict verdict) const { kind(verdictName(verdict)); }
  void operator()(const JumpTarget& target) const {
    kind(target.go_to ? "goto" : "jump");
    object_.text("chain", target.chain);
  }
  void operator()(const NoTarget& /*target*/) const { kind("none"); }
  void operator()(const Extension& extension) const {
    kind("unknown");
    object_.extension(extension);
  }

 private:
  void kind(std::string_view name) const { object_.text("target", name); }

  Object& object_;
};

void writeProtocol(Object& object, std::uint8_t protocol) {
  if (protocol == IPPROTO_TCP) {
    object.text("protocol", "tcp");
  } else if (protocol == IPPROTO_UDP) {
    object.text("protocol", "udp");
  } else {
    object.number("protocol", protocol);
  }
}

void writeMatches(std::string& json, Family family, const std::vector<Match>& matches) {
  json += '[';
  for (const Match& match : matches) {
    if (json.back() != '[') json += ',';
    Object object(json, family);
    std::visit(MatchWriter(object), match);
  }
  json += ']';
}

}  // namespace

void appendRule(std::string& json, Family family, const Rule& rule) {
  Object object(json, family);
  if (rule.protocol) writeProtocol(object, *rule.protocol);
  if (rule.source) writeAddress(object.begin("source"), family, *rule.source);
  if (rule.destination) writeAddress(object.begin("destination"), family, *rule.destination);
  if (rule.in_interface) writeInterface(object.begin("inInterface"), family, *rule.in_interface);
  if (rule.out_interface) writeInterface(object.begin("outInterface"), family, *rule.out_interface);
  object.flag("otherFlags", rule.other_flags);
  writeMatches(object.begin("matches"), family, rule.matches);
  Object target(object.begin("target"), family);
  std::visit(TargetWriter(target), rule.target);
}

}  // namespace portshift::xt
