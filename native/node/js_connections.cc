#include "node/js_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "conntrack/network.h"
#include "conntrack/watch.h"
#include "node/js_families.h"
#include "util/errno_name.h"

namespace portshift::addon {

namespace {

using conntrack::Filter;
using conntrack::PortSpan;

std::vector<PortSpan> readSpans(Napi::Env env, const JsField& field) {
  std::vector<PortSpan> spans;
  const std::uint32_t count = field.arrayLength();
  for (std::uint32_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    const JsField span = field.element(i);
    if (span.arrayLength() != 2) span.fail("the first and the last port");
    spans.push_back({span.element(0).port(), span.element(1).port()});
  }
  return spans;
}

std::uint8_t readProtocol(const JsField& field) {
  const std::string name = field.string();
  if (name == "tcp") return IPPROTO_TCP;
  if (name == "udp") return IPPROTO_UDP;
  field.fail("'tcp' or 'udp'");
}

std::optional<conntrack::Address> readOptionalAddress(const JsField& field) {
  if (field.isAbsent()) return std::nullopt;
  const auto address = conntrack::Address::parse(field.string());
  if (!address) field.fail("an IPv4 or IPv6 address");
  return address;
}

std::optional<conntrack::Origin> readOrigin(const JsField& field) {
  if (field.isAbsent()) return std::nullopt;
  const std::string name = field.string();
  if (name == "outside") return conntrack::Origin::kOutside;
  if (name == "host") return conntrack::Origin::kHost;
  field.fail("'outside' or 'host'");
}

Filter readFilter(Napi::Env env, const JsField& field) {
  Filter filter;
  filter.protocol = readProtocol(field.property("protocol"));
  const JsField family = field.property("family");
  if (!family.isAbsent()) filter.family = readFamily(family);
  filter.translated = field.property("translated").boolean();
  const JsField ports = field.property("ports");
  if (ports.isAbsent()) {
    filter.ports.add({0, std::numeric_limits<std::uint16_t>::max()});
  } else {
    for (const PortSpan span : readSpans(env, ports)) filter.ports.add(span);
  }
  const JsField except = field.property("exceptPorts");
  if (!except.isAbsent()) {
    for (const PortSpan span : readSpans(env, except)) filter.ports.remove(span);
  }
  const JsField target_port = field.property("targetPort");
  if (!target_port.isAbsent()) filter.target_port = target_port.port();
  filter.destination = readOptionalAddress(field.property("destination"));
  filter.target_address = readOptionalAddress(field.property("targetAddress"));
  filter.from = readOrigin(field.property("from"));
  filter.unanswered = field.property("unanswered").optionalBoolean();
  return filter;
}

std::vector<Filter> readFilters(Napi::Env env, const JsField& field) {
  std::vector<Filter> filters;
  const std::uint32_t count = field.arrayLength();
  for (std::uint32_t i = 0; i < count; ++i) filters.push_back(readFilter(env, field.element(i)));
  for (const Filter& filter : filters) {
    if (filter.protocol != filters.front().protocol) field.fail("filters for one protocol");
  }
  return filters;
}

Napi::Value settleNumber(Napi::Env env, Outcome<std::uint64_t> outcome) {
  return Napi::Number::New(env, static_cast<double>(outcome.take()));
}

/** Returns a Cut of lib/backends/connections.ts. */
Napi::Value settleCut(Napi::Env env, Outcome<conntrack::Cut> outcome) {
  const conntrack::Cut cut = outcome.take();
  Napi::Object result = Napi::Object::New(env);
  result.Set("ended", static_cast<double>(cut.ended));
  result.Set("waiting", static_cast<double>(cut.waiting));
  if (cut.waiting > 0) result.Set("errnoName", errnoName(cut.code));
  return result;
}

std::string addressText(const conntrack::Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.family() == Family::kIpv4 ? AF_INET : AF_INET6;
  inet_ntop(family, address.bytes().data(), text.data(), text.size());
  return text.data();
}

Napi::Object writeInterface(Napi::Env env, const conntrack::Interface& one) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("name", one.name);
  object.Set("index", one.index);
  object.Set("up", one.up);
  object.Set("loopback", one.loopback);
  object.Set("kind", one.kind);
  if (one.master) object.Set("master", *one.master);
  return object;
}

Napi::Object writeAddress(Napi::Env env, const conntrack::InterfaceAddress& one) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("interface", one.interface);
  object.Set("address", addressText(one.address));
  return object;
}

Napi::Object writeListener(Napi::Env env, const conntrack::Listener& one) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("protocol", one.protocol == IPPROTO_TCP ? "tcp" : "udp");
  object.Set("address", addressText(one.local.address));
  object.Set("port", static_cast<double>(one.local.port));
  return object;
}

template <class All, class Write>
Napi::Array writeAll(Napi::Env env, const All& all, Write write) {
  const Napi::Array array = Napi::Array::New(env, all.size());
  std::uint32_t index = 0;
  for (const auto& one : all) {
    const Napi::HandleScope scope(env);
    array.Set(index++, write(env, one));
  }
  return array;
}

}  // namespace

Napi::Value JsConnections::network(const Napi::CallbackInfo& info) const {
  return thread_->call<conntrack::Network>(
      info.Env(), info.This().As<Napi::Object>(),
      [](StopSignal& /*stop*/) { return conntrack::readNetwork(); },
      [](Napi::Env env, Outcome<conntrack::Network> outcome) -> Napi::Value {
        const conntrack::Network network = outcome.take();
        const Napi::Object object = Napi::Object::New(env);
        object.Set("interfaces", writeAll(env, network.interfaces, writeInterface));
        object.Set("addresses", writeAll(env, network.addresses, writeAddress));
        if (network.listeners) {
          object.Set("listeners", writeAll(env, *network.listeners, writeListener));
        }
        return object;
      });
}

Napi::Value JsConnections::watch(const Napi::CallbackInfo& info) const {
  const auto watch =
      std::make_shared<conntrack::Watch>(readFilters(info.Env(), {info[0], "filters"}));
  const auto session =
      std::make_shared<Napi::ObjectReference>(Napi::Persistent(info.This().As<Napi::Object>()));
  return Napi::Function::New(
      info.Env(),
      [thread = thread_, connections = connections_, watch,
       session](const Napi::CallbackInfo& call) -> Napi::Value {
        return thread->call<std::uint64_t>(
            call.Env(), session->Value(),
            [connections, watch](StopSignal& /*stop*/) { return watch->count(*connections); },
            settleNumber);
      });
}

Napi::Value JsConnections::cut(const Napi::CallbackInfo& info) const {
  return thread_->call<conntrack::Cut>(
      info.Env(), info.This().As<Napi::Object>(),
      [connections = connections_, filters = readFilters(info.Env(), {info[0], "filters"})](
          StopSignal& /*stop*/) { return connections->cut(filters); },
      settleCut);
}

void JsConnections::close(const Napi::CallbackInfo& info) {
  if (std::exchange(closed_, true)) return;
  thread_->call<bool>(
      info.Env(), info.This().As<Napi::Object>(),
      [connections = connections_](StopSignal& /*stop*/) {
        connections->close();
        return true;
      },
      [](Napi::Env env, const Outcome<bool>& /*outcome*/) { return env.Undefined(); });
}

}  // namespace portshift::addon
