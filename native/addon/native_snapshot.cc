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

Napi::Array writeChains(Napi::Env env, const std::vector<iptc::Chain>& chains) {
  const Napi::Array array = Napi::Array::New(env, chains.size());
  for (std::uint32_t i = 0; i < chains.size(); ++i) {
    const Napi::HandleScope scope(env);
    array.Set(i, writeChain(env, chains[i]));
  }
  return array;
}

/** There may be thousands of chains: they are written when someone asks for them, one table at a
 * time. */
void defineChains(Napi::Env env, const Napi::Object& table,
                  std::shared_ptr<const iptc::Snapshot> snapshot, std::size_t index) {
  const auto get = [snapshot = std::move(snapshot), index](const Napi::CallbackInfo& info) {
    const Napi::Array chains = writeChains(info.Env(), snapshot->tables()[index].chains);
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
  const auto size = static_cast<double>(snapshot_->rules().size());
  info.This().As<Napi::Object>().DefineProperties(
      {Napi::PropertyDescriptor::Value("tables", writeTables(env, snapshot_), napi_enumerable),
       Napi::PropertyDescriptor::Value("isKnown", Napi::Boolean::New(env, snapshot_->isKnown()),
                                       napi_enumerable),
       Napi::PropertyDescriptor::Value("size", Napi::Number::New(env, size), napi_enumerable)});
}

Napi::Value NativeSnapshot::page(const Napi::CallbackInfo& info) {
  const auto& rules = snapshot_->rules();
  const std::size_t from = std::min<std::size_t>(JsField(info[0], "from").integer(), rules.size());
  const std::size_t count =
      std::min<std::size_t>(JsField(info[1], "count").integer(), rules.size() - from);
  const Napi::Env env = info.Env();
  const Napi::Array page = Napi::Array::New(env, count);
  for (std::size_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    page.Set(static_cast<std::uint32_t>(i), writeRecord(env, rules[from + i]));
  }
  return page;
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

Napi::Object NativeSnapshot::writeRecord(Napi::Env env,
                                         const iptc::Snapshot::RuleRecord& record) const {
  const Family family = snapshot_->tables()[record.table].id.family;
  const Napi::Object object = Napi::Object::New(env);
  object.Set("table", Napi::Number::New(env, record.table));
  object.Set("chain", Napi::String::New(env, snapshot_->chainName(record)));
  object.Set("rule", writeRule(env, family, xt::decodeEntry(family, snapshot_->entry(record))));
  object.Set("counters", writeCounters(env, record.counters));
  return object;
}

}  // namespace portshift::addon
