#include "node/nft_session.h"

#include <utility>
#include <vector>

#include "conntrack/translated.h"
#include "node/element_lines.h"
#include "node/js_families.h"
#include "node/js_field.h"
#include "node/nft_ruleset.h"
#include "node/nft_table.h"

namespace portshift::addon {

namespace {

Napi::Value writeResult(Napi::Env env, const std::optional<nft::RuleHandles>& handles) {
  if (!handles) return Napi::String::New(env, "stale");
  const Napi::Array array = Napi::Array::New(env, handles->size());
  std::uint32_t index = 0;
  for (const auto& [operation, handle] : *handles) {
    const Napi::Object each = Napi::Object::New(env);
    each.Set("operation", Napi::Number::New(env, static_cast<double>(operation)));
    each.Set("handle", Napi::Number::New(env, static_cast<double>(handle)));
    array.Set(index++, each);
  }
  return array;
}

nft::Session::Depth readDepth(const JsField& field) {
  const std::string name = field.string();
  if (name == "all") return nft::Session::Depth::kAll;
  if (name == "change") return nft::Session::Depth::kChange;
  field.fail("'all' or 'change'");
}

}  // namespace

Napi::Function NftSession::define(Napi::Env env) {
  return DefineClass(
      env, "NftSession",
      {InstanceMethod("read", &NftSession::read), InstanceMethod("isInUse", &NftSession::isInUse),
       InstanceMethod("wake", &NftSession::wake), InstanceMethod("commit", &NftSession::commit),
       InstanceMethod("check", &NftSession::check), InstanceMethod("ruleset", &NftSession::ruleset),
       InstanceMethod("commitForeign", &NftSession::commitForeign),
       InstanceMethod("hasTranslatedConnections", &NftSession::hasTranslatedConnections),
       InstanceMethod("watchConnections", &NftSession::watchConnections),
       InstanceMethod("cutConnections", &NftSession::cutConnections),
       InstanceMethod("network", &NftSession::network),
       InstanceMethod("close", &NftSession::close)});
}

Napi::Object NftSession::create(const Napi::FunctionReference& constructor, Parts parts) {
  return constructor.New({Napi::External<Parts>::New(constructor.Env(), &parts)});
}

NftSession::NftSession(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NftSession>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsExternal()) throw Napi::TypeError::New(env, "open() makes sessions");
  parts_ = std::move(*info[0].As<Napi::External<Parts>>().Data());
  connections_.emplace(parts_.thread);
  info.This().As<Napi::Object>().DefineProperties(
      {Napi::PropertyDescriptor::Value("families", writeFamilies(env, parts_.session->families()),
                                       napi_enumerable),
       Napi::PropertyDescriptor::Value("port", Napi::Number::New(env, parts_.session->portId()),
                                       napi_enumerable)});
}

NftSession::~NftSession() {
  if (parts_.thread) parts_.thread->shutDown();
}

template <class T, class Work, class Settle>
Napi::Promise NftSession::call(const Napi::CallbackInfo& info, Work work, Settle settle) {
  return parts_.thread->call<T>(info.Env(), info.This().As<Napi::Object>(), std::move(work),
                                std::move(settle));
}

NftBatch& NftSession::batchIn(const JsField& field) const {
  const Napi::Object object = field.object();
  if (!object.InstanceOf(parts_.batch_class->Value())) field.fail("a Batch");
  return *NftBatch::Unwrap(object);
}

std::shared_ptr<nft::Batch> NftSession::takeBatch(const Napi::Value& value) const {
  const JsField field(value, "batch");
  NftBatch& batch = batchIn(field);
  if (!batch.isInet()) field.fail("a Batch for a table of the family inet");
  return batch.take();
}

Napi::Value NftSession::read(const Napi::CallbackInfo& info) {
  const std::string table = JsField(info[0], "table").string();
  const JsField depth(info[1], "depth");
  const auto wanted = depth.isAbsent() ? nft::Session::Depth::kAll : readDepth(depth);
  return call<nft::Snapshot>(
      info,
      [session = parts_.session, table, wanted](StopSignal& /*stop*/) {
        return session->read(table, wanted);
      },
      [constructor = parts_.table_class](Napi::Env /*env*/, Outcome<nft::Snapshot> outcome) {
        return NftTable::create(*constructor, outcome.take());
      });
}

Napi::Value NftSession::isInUse(const Napi::CallbackInfo& info) {
  return call<bool>(
      info, [session = parts_.session](StopSignal& /*stop*/) { return session->isInUse(); },
      [](Napi::Env env, Outcome<bool> outcome) { return Napi::Boolean::New(env, outcome.take()); });
}

Napi::Value NftSession::commit(const Napi::CallbackInfo& info) {
  using Result = std::optional<nft::RuleHandles>;
  const bool later = JsField(info[2], "later").optionalBoolean();
  const JsField more(info[1], "elements");
  std::string elements = more.isAbsent() ? std::string() : more.bytes();
  auto work = [session = parts_.session, batch = takeBatch(info[0]),
               elements = std::move(elements)](StopSignal& /*stop*/) {
    addElements(*batch, elements);
    return session->commit(*batch);
  };
  const auto settle = [](Napi::Env env, Outcome<Result> outcome) {
    return writeResult(env, outcome.take());
  };
  if (later) return call<Result>(info, std::move(work), settle);
  return parts_.thread->callBriefly<Result>(info.Env(), info.This().As<Napi::Object>(),
                                            std::move(work), settle);
}

Napi::Value NftSession::check(const Napi::CallbackInfo& info) {
  return call<bool>(
      info,
      [session = parts_.session, batch = takeBatch(info[0])](StopSignal& /*stop*/) {
        session->check(*batch);
        return true;
      },
      [](Napi::Env env, Outcome<bool> outcome) {
        outcome.take();
        return env.Undefined();
      });
}

Napi::Value NftSession::ruleset(const Napi::CallbackInfo& info) {
  return call<nft::Ruleset>(
      info, [session = parts_.session](StopSignal& /*stop*/) { return session->readRuleset(); },
      [constructor = parts_.ruleset_class](Napi::Env /*env*/, Outcome<nft::Ruleset> outcome) {
        return NftRuleset::create(*constructor, outcome.take());
      });
}

Napi::Value NftSession::commitForeign(const Napi::CallbackInfo& info) {
  const JsField list(info[0], "batches");
  const std::uint32_t generation = JsField(info[1], "generation").integer();
  const std::uint32_t count = list.arrayLength();
  // All batches are checked before any of them is emptied.
  std::vector<NftBatch *> given;
  for (std::uint32_t i = 0; i < count; ++i) given.push_back(&batchIn(list.element(i)));
  std::vector<std::shared_ptr<const nft::Batch>> batches;
  batches.reserve(given.size());
  for (NftBatch *const batch : given) batches.push_back(batch->take());
  return call<bool>(
      info,
      [session = parts_.session, batches = std::move(batches), generation](StopSignal& /*stop*/) {
        return session->commitForeign(batches, generation);
      },
      [](Napi::Env env, Outcome<bool> outcome) {
        return Napi::String::New(env, outcome.take() ? "committed" : "stale");
      });
}

Napi::Value NftSession::hasTranslatedConnections(const Napi::CallbackInfo& info) {
  return call<bool>(
      info, [](StopSignal& /*stop*/) { return conntrack::hasTranslatedConnections(); },
      [](Napi::Env env, Outcome<bool> outcome) { return Napi::Boolean::New(env, outcome.take()); });
}

Napi::Value NftSession::close(const Napi::CallbackInfo& info) {
  connections_->close(info);
  return parts_.thread->close(info.Env(), info.This().As<Napi::Object>(),
                              [session = parts_.session] { session->close(); });
}

}  // namespace portshift::addon
