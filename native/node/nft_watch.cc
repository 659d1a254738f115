#include "node/nft_watch.h"

#include <utility>

namespace portshift::addon {

Napi::Function NftWatch::define(Napi::Env env) {
  return DefineClass(
      env, "NftWatch",
      {InstanceMethod("changed", &NftWatch::changed), InstanceMethod("close", &NftWatch::close)});
}

Napi::Object NftWatch::create(const Napi::FunctionReference& constructor, Parts parts) {
  return constructor.New({Napi::External<Parts>::New(constructor.Env(), &parts)});
}

NftWatch::NftWatch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NftWatch>(info) {
  if (!info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "watch() makes watches");
  parts_ = std::move(*info[0].As<Napi::External<Parts>>().Data());
}

NftWatch::~NftWatch() {
  if (parts_.thread) parts_.thread->shutDown();
}

Napi::Value NftWatch::changed(const Napi::CallbackInfo& info) {
  return parts_.thread->call<bool>(
      info.Env(), info.This().As<Napi::Object>(),
      [listener = parts_.listener](StopSignal& stop) { return listener->wait(stop); },
      [](Napi::Env env, Outcome<bool> outcome) { return Napi::Boolean::New(env, outcome.take()); });
}

Napi::Value NftWatch::close(const Napi::CallbackInfo& info) {
  parts_.thread->keepLoopAlive(info.Env(), true);
  parts_.thread->interrupt();
  return parts_.thread->close(info.Env(), info.This().As<Napi::Object>(),
                              [listener = parts_.listener] { listener->close(); });
}

}  // namespace portshift::addon
