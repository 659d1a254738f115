#include "addon/native_snapshot.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "addon/js_field.h"
#include "addon/js_rule_writer.h"
#include "common/hash.h"
#include "xt/entry_codec.h"

namespace portshift::addon {

namespace {

Napi::Object writeChain(Napi::Env env, const iptc::Chain& chain) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("name", Napi::String::New(env, chain.name));
  if (chain.policy) {
    object.Set("policy", Napi::String::New(env, chain.policy->verdict));
    object.Set("counters", writeCounters(env, chain.policy->counters));
  }
  return object;
}

Napi::Object writeTable(Napi::Env env, const iptc::TableState& state) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("family", Napi::String::New(env, familyName(state.id.family).data()));
  object.Set("table", Napi::String::New(env, tableName(state.id.table)));
  object.Set("present", Napi::Boolean::New(env, state.present));
  object.Set("fingerprint", Napi::String::New(env, toHex(state.fingerprint)));
  const Napi::Array chains = Napi::Array::New(env, state.chains.size());
  for (std::uint32_t i = 0; i < state.chains.size(); ++i) {
    const Napi::HandleScope scope(env);
    chains.Set(i, writeChain(env, state.chains[i]));
  }
  object.Set("chains", chains);
  return object;
}

Napi::Array writeTables(Napi::Env env, const std::vector<iptc::TableState>& states) {
  const Napi::Array tables = Napi::Array::New(env, states.size());
  for (std::uint32_t i = 0; i < states.size(); ++i) tables.Set(i, writeTable(env, states[i]));
  return tables;
}

}  // namespace

Napi::Function NativeSnapshot::define(Napi::Env env) {
  return DefineClass(env, "NativeSnapshot", {InstanceMethod("page", &NativeSnapshot::page)});
}

Napi::Object NativeSnapshot::create(const Napi::FunctionReference& constructor,
                                    iptc::Snapshot snapshot) {
  return constructor.New({Napi::External<iptc::Snapshot>::New(constructor.Env(), &snapshot)});
}

NativeSnapshot::NativeSnapshot(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSnapshot>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsExternal()) throw Napi::TypeError::New(env, "only a session makes snapshots");
  snapshot_ = std::move(*info[0].As<Napi::External<iptc::Snapshot>>().Data());
  const auto size = static_cast<double>(snapshot_.rules().size());
  info.This().As<Napi::Object>().DefineProperties(
      {Napi::PropertyDescriptor::Value("tables", writeTables(env, snapshot_.tables()),
                                       napi_enumerable),
       Napi::PropertyDescriptor::Value("size", Napi::Number::New(env, size), napi_enumerable)});
}

Napi::Value NativeSnapshot::page(const Napi::CallbackInfo& info) {
  constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();
  const auto& rules = snapshot_.rules();
  const std::size_t from =
      std::min<std::size_t>(JsField(info[0], "from").integer(0, kAny), rules.size());
  const std::size_t count =
      std::min<std::size_t>(JsField(info[1], "count").integer(0, kAny), rules.size() - from);
  const Napi::Env env = info.Env();
  const Napi::Array page = Napi::Array::New(env, count);
  for (std::size_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    page.Set(static_cast<std::uint32_t>(i), writeRecord(env, rules[from + i]));
  }
  return page;
}

Napi::Object NativeSnapshot::writeRecord(Napi::Env env,
                                         const iptc::Snapshot::RuleRecord& record) const {
  const Family family = snapshot_.tables()[record.table].id.family;
  const Napi::Object object = Napi::Object::New(env);
  object.Set("table", Napi::Number::New(env, record.table));
  object.Set("chain", Napi::String::New(env, snapshot_.chainName(record)));
  object.Set("rule", writeRule(env, family, xt::decodeEntry(family, snapshot_.entry(record))));
  object.Set("counters", writeCounters(env, record.counters));
  return object;
}

}  // namespace portshift::addon
