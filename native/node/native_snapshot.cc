#include "node/native_snapshot.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "node/js_field.h"
#include "util/hash.h"
#include "util/json_text.h"
#include "util/utf8.h"

namespace portshift::addon {

namespace {

/** Returns all chains as one JSON value, because there may be thousands. */
std::string chainsJson(const std::vector<iptc::Chain>& chains) {
  std::string json;
  for (const iptc::Chain& chain : chains) {
    json += json.empty() ? R"([{"name":)" : R"(,{"name":)";
    appendJsonText(json, chain.name);
    if (chain.policy) {
      json += R"(,"policy":)";
      appendJsonText(json, chain.policy->verdict);
      const xt::Counters& counters = chain.policy->counters;
      json += R"(,"counters":{"packets":)" + std::to_string(counters.packets) + R"(,"bytes":)" +
              std::to_string(counters.bytes) + '}';
    }
    json += '}';
  }
  return json.empty() ? "[]" : json + ']';
}

Napi::Value parseJson(Napi::Env env, const std::string& json) {
  const auto parser = env.Global().Get("JSON").As<Napi::Object>();
  return parser.Get("parse").As<Napi::Function>().Call(parser, {Napi::String::New(env, json)});
}

/**
 * Defines the property `chains` of one table as a getter that converts the chains on first access.
 */
void defineChains(Napi::Env env, const Napi::Object& table,
                  std::shared_ptr<const iptc::Snapshot> snapshot, std::size_t index) {
  const auto get = [snapshot = std::move(snapshot), index](const Napi::CallbackInfo& info) {
    const Napi::Value chains = parseJson(info.Env(), chainsJson(snapshot->tables()[index].chains));
    info.This().As<Napi::Object>().DefineProperty(
        Napi::PropertyDescriptor::Value("chains", chains, napi_enumerable));
    return chains;
  };
  table.DefineProperty(Napi::PropertyDescriptor::Accessor(
      env, table, "chains", get,
      static_cast<napi_property_attributes>(napi_enumerable | napi_configurable)));
}

Napi::Array writeTables(Napi::Env env, const std::shared_ptr<const iptc::Snapshot>& snapshot) {
  const auto& states = snapshot->tables();
  const Napi::Array tables = Napi::Array::New(env, states.size());
  for (std::uint32_t i = 0; i < states.size(); ++i) {
    const iptc::TableState& state = states[i];
    const Napi::Object object = Napi::Object::New(env);
    object.Set("family", Napi::String::New(env, familyName(state.id.family).data()));
    object.Set("table", Napi::String::New(env, tableName(state.id.table)));
    object.Set("present", Napi::Boolean::New(env, state.present));
    object.Set("used", Napi::Boolean::New(env, state.used));
    object.Set("fingerprint", Napi::String::New(env, toHex(state.fingerprint)));
    defineChains(env, object, snapshot, i);
    tables.Set(i, object);
  }
  return tables;
}

}  // namespace

Napi::Function NativeSnapshot::define(Napi::Env env) {
  return DefineClass(env, "NativeSnapshot",
                     {InstanceMethod("page", &NativeSnapshot::page),
                      InstanceMethod("counters", &NativeSnapshot::counters)});
}

Napi::Object NativeSnapshot::create(const Napi::FunctionReference& constructor,
                                    iptc::Snapshot snapshot) {
  return constructor.New({Napi::External<iptc::Snapshot>::New(constructor.Env(), &snapshot)});
}

NativeSnapshot::NativeSnapshot(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSnapshot>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsExternal()) throw Napi::TypeError::New(env, "only a session makes snapshots");
  snapshot_ = std::make_shared<const iptc::Snapshot>(
      std::move(*info[0].As<Napi::External<iptc::Snapshot>>().Data()));
  const auto size = static_cast<double>(snapshot_->size());
  info.This().As<Napi::Object>().DefineProperties(
      {Napi::PropertyDescriptor::Value("tables", writeTables(env, snapshot_), napi_enumerable),
       Napi::PropertyDescriptor::Value("isKnown", Napi::Boolean::New(env, snapshot_->isKnown()),
                                       napi_enumerable),
       Napi::PropertyDescriptor::Value("size", Napi::Number::New(env, size), napi_enumerable)});
}

Napi::Value NativeSnapshot::page(const Napi::CallbackInfo& info) {
  const std::size_t from = JsField(info[0], "from").integer();
  const std::size_t count = JsField(info[1], "count").integer();
  const std::string_view page = snapshot_->page(from, count);
  if (isUtf8(page)) return Napi::String::New(info.Env(), page.data(), page.size());
  return Napi::String::New(info.Env(), utf16Of(page));
}

Napi::Value NativeSnapshot::counters(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::size_t index = JsField(info[0], "page").integer();
  const auto& pages = snapshot_->counted();
  if (index >= pages.size()) return env.Undefined();
  const iptc::CountedPage& page = pages[index];
  auto packets = Napi::Float64Array::New(env, page.packets.size());
  std::copy(page.packets.begin(), page.packets.end(), packets.Data());
  const Napi::Object object = Napi::Object::New(env);
  object.Set("comments", Napi::String::New(env, page.comments));
  object.Set("packets", packets);
  return object;
}

}  // namespace portshift::addon
