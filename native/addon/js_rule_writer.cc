#include "addon/js_rule_writer.h"

#include <netinet/in.h>

#include <string>

#include "xt/address.h"
#include "xt/target_codec.h"

namespace portshift::addon {

namespace {

Napi::String text(Napi::Env env, std::string_view value) {
  return Napi::String::New(env, value.data(), value.size());
}

Napi::Array writePorts(Napi::Env env, xt::PortSpan span) {
  const Napi::Array array = Napi::Array::New(env, 2);
  array.Set(0U, Napi::Number::New(env, span.first));
  array.Set(1U, Napi::Number::New(env, span.last));
  return array;
}

Napi::Object writeAddressSpec(Napi::Env env, Family family, const xt::AddressSpec& spec) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("address", text(env, xt::formatAddress(family, spec.address)));
  object.Set("mask", text(env, xt::formatAddress(family, spec.mask)));
  if (spec.invert) object.Set("invert", Napi::Boolean::New(env, true));
  return object;
}

Napi::Object writeInterface(Napi::Env env, const xt::InterfaceSpec& spec) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("name", text(env, spec.name));
  if (spec.invert) object.Set("invert", Napi::Boolean::New(env, true));
  return object;
}

Napi::Value writeProtocol(Napi::Env env, std::uint8_t protocol) {
  if (protocol == IPPROTO_TCP) return text(env, "tcp");
  if (protocol == IPPROTO_UDP) return text(env, "udp");
  return Napi::Number::New(env, protocol);
}

/** Fills in the object for one match or target. */
class Writer {
 public:
  Writer(Napi::Env env, Family family, Napi::Object object, const char *kind)
      : env_(env), family_(family), object_(object), kind_(kind) {}

  void operator()(const xt::TcpMatch& match) const {
    name("tcp");
    ports("destinationPorts", match.destination_ports);
    flag("syn", match.syn);
  }
  void operator()(const xt::UdpMatch& match) const {
    name("udp");
    ports("destinationPorts", match.destination_ports);
  }
  void operator()(const xt::MarkMatch& match) const {
    name("mark");
    number("value", match.value);
    number("mask", match.mask);
  }
  void operator()(const xt::ConntrackMatch& match) const {
    name("conntrack");
    flag("notEstablished", match.not_established);
    flag("notTranslated", match.not_translated);
    flag("directionOriginal", match.direction_original);
  }
  void operator()(const xt::AddrtypeMatch& match) const {
    name("addrtype");
    const bool local = match.destination == xt::AddrtypeMatch::Destination::kLocal;
    object_.Set("destinationType", text(env_, local ? "local" : "not-unicast"));
  }
  void operator()(const xt::CommentMatch& match) const {
    name("comment");
    object_.Set("comment", text(env_, match.comment));
  }
  void operator()(const xt::RedirectTarget& target) const {
    name("REDIRECT");
    number("port", target.port);
  }
  void operator()(const xt::DnatTarget& target) const {
    name("DNAT");
    if (target.address) {
      object_.Set("address", text(env_, xt::formatAddress(family_, *target.address)));
    }
    number("port", target.port);
  }
  void operator()(const xt::MarkTarget& target) const {
    name("MARK");
    number("value", target.value);
    number("mask", target.mask);
  }
  void operator()(const xt::RejectTarget& target) const {
    name("REJECT");
    const bool reset = target.with == xt::RejectTarget::With::kTcpReset;
    object_.Set("with", text(env_, reset ? "tcp-reset" : "port-unreachable"));
  }
  void operator()(xt::Verdict verdict) const { name(xt::verdictName(verdict)); }
  void operator()(const xt::JumpTarget& target) const {
    name(target.go_to ? "goto" : "jump");
    object_.Set("chain", text(env_, target.chain));
  }
  void operator()(const xt::NoTarget& /*target*/) const { name("none"); }
  void operator()(const xt::Extension& extension) const {
    name("unknown");
    object_.Set("name", text(env_, extension.name));
    number("revision", extension.revision);
    auto data = Napi::Uint8Array::New(env_, extension.data.size());
    std::copy(extension.data.begin(), extension.data.end(), data.Data());
    object_.Set("data", data);
  }

 private:
  void name(std::string_view value) const { object_.Set(kind_, text(env_, value)); }
  void number(const char *key, std::uint32_t value) const {
    object_.Set(key, Napi::Number::New(env_, value));
  }
  void flag(const char *key, bool value) const {
    if (value) object_.Set(key, Napi::Boolean::New(env_, true));
  }
  void ports(const char *key, const std::optional<xt::PortSpan>& span) const {
    if (span) object_.Set(key, writePorts(env_, *span));
  }

  Napi::Env env_;
  Family family_;
  Napi::Object object_;
  const char *kind_;
};

template <class Variant>
Napi::Object writeElement(Napi::Env env, Family family, const Variant& element, const char *kind) {
  const Napi::Object object = Napi::Object::New(env);
  std::visit(Writer(env, family, object, kind), element);
  return object;
}

}  // namespace

Napi::Object writeRule(Napi::Env env, Family family, const xt::Rule& rule) {
  const Napi::Object object = Napi::Object::New(env);
  if (rule.protocol) object.Set("protocol", writeProtocol(env, *rule.protocol));
  if (rule.source) object.Set("source", writeAddressSpec(env, family, *rule.source));
  if (rule.destination) {
    object.Set("destination", writeAddressSpec(env, family, *rule.destination));
  }
  if (rule.in_interface) object.Set("inInterface", writeInterface(env, *rule.in_interface));
  if (rule.out_interface) object.Set("outInterface", writeInterface(env, *rule.out_interface));
  if (rule.other_flags) object.Set("otherFlags", Napi::Boolean::New(env, true));
  const Napi::Array matches = Napi::Array::New(env, rule.matches.size());
  for (std::uint32_t i = 0; i < rule.matches.size(); ++i) {
    matches.Set(i, writeElement(env, family, rule.matches[i], "match"));
  }
  object.Set("matches", matches);
  object.Set("target", writeElement(env, family, rule.target, "target"));
  return object;
}

Napi::Object writeCounters(Napi::Env env, xt::Counters counters) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("packets", Napi::Number::New(env, static_cast<double>(counters.packets)));
  object.Set("bytes", Napi::Number::New(env, static_cast<double>(counters.bytes)));
  return object;
}

}  // namespace portshift::addon
