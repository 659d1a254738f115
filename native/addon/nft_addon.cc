#include <napi.h>

#include <memory>
#include <string>

#include "addon/js_field.h"
#include "addon/nft_batch.h"
#include "addon/nft_session.h"
#include "addon/nft_table.h"
#include "addon/session_thread.h"

namespace portshift::addon {

namespace {

/** NftAddon of lib/backends/nft-addon.ts: one object for each environment that loads it. */
class NftAddon : public Napi::Addon<NftAddon> {
 public:
  NftAddon(Napi::Env env, Napi::Object exports)
      : session_class_(Napi::Persistent(NftSession::define(env))),
        table_class_(Napi::Persistent(NftTable::define(env))),
        batch_class_(Napi::Persistent(NftBatch::define(env))) {
    DefineAddon(exports, {InstanceMethod("open", &NftAddon::open, napi_enumerable),
                          InstanceValue("Batch", batch_class_.Value(), napi_enumerable)});
  }

 private:
  Napi::Value open(const Napi::CallbackInfo& info);

  Napi::FunctionReference session_class_;
  Napi::FunctionReference table_class_;
  Napi::FunctionReference batch_class_;
};

Napi::Value NftAddon::open(const Napi::CallbackInfo& info) {
  using SessionPointer = std::shared_ptr<nft::Session>;
  const Napi::Env env = info.Env();
  const JsField options(info[0], "options");
  const JsField path = options.property("namespace");
  const std::string network_namespace = path.isAbsent() ? std::string() : path.string();

  const auto thread = SessionThread::start(env);
  return thread->call<SessionPointer>(
      env, info.This().As<Napi::Object>(),
      [network_namespace](StopSignal& /*stop*/) {
        return std::make_shared<nft::Session>(network_namespace);
      },
      [this, thread](Napi::Env /*env*/, Outcome<SessionPointer> outcome) {
        try {
          return NftSession::create(session_class_,
                                    {thread, outcome.take(), &table_class_, &batch_class_});
        } catch (...) {
          thread->shutDown();
          throw;
        }
      });
}

}  // namespace

NODE_API_ADDON(NftAddon)

}  // namespace portshift::addon
