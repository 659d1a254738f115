#include <napi.h>

#include <memory>
#include <string>

#include "node/js_field.h"
#include "node/js_host.h"
#include "node/nft_batch.h"
#include "node/nft_ruleset.h"
#include "node/nft_session.h"
#include "node/nft_table.h"
#include "node/nft_watch.h"
#include "node/session_thread.h"

namespace portshift::addon {

namespace {

/** The NftAddon of lib/backends/nft/addon.ts: one object for each environment that loads it. */
class NftAddon : public Napi::Addon<NftAddon> {
 public:
  NftAddon(Napi::Env env, Napi::Object exports)
      : session_class_(Napi::Persistent(NftSession::define(env))),
        table_class_(Napi::Persistent(NftTable::define(env))),
        batch_class_(Napi::Persistent(NftBatch::define(env))),
        ruleset_class_(Napi::Persistent(NftRuleset::define(env))),
        watch_class_(Napi::Persistent(NftWatch::define(env))) {
    DefineAddon(exports, {InstanceMethod("open", &NftAddon::open, napi_enumerable),
                          InstanceMethod("watch", &NftAddon::watch, napi_enumerable),
                          InstanceValue("Batch", batch_class_.Value(), napi_enumerable),
                          InstanceValue("host", defineHost(env), napi_enumerable)});
  }

 private:
  Napi::Value open(const Napi::CallbackInfo& info);
  Napi::Value watch(const Napi::CallbackInfo& info);

  Napi::FunctionReference session_class_;
  Napi::FunctionReference table_class_;
  Napi::FunctionReference batch_class_;
  Napi::FunctionReference ruleset_class_;
  Napi::FunctionReference watch_class_;
};

Napi::Value NftAddon::open(const Napi::CallbackInfo& info) {
  using SessionPointer = std::shared_ptr<nft::Session>;
  const Napi::Env env = info.Env();
  const std::string network_namespace = readOptionalString({info[0], "options"}, "namespace");

  const auto thread = SessionThread::start(env);
  return thread->call<SessionPointer>(
      env, info.This().As<Napi::Object>(),
      [network_namespace](StopSignal& /*stop*/) {
        return std::make_shared<nft::Session>(network_namespace);
      },
      [this, thread](Napi::Env /*env*/, Outcome<SessionPointer> outcome) {
        try {
          return NftSession::create(session_class_, {thread, outcome.take(), &table_class_,
                                                     &batch_class_, &ruleset_class_});
        } catch (...) {
          thread->shutDown();
          throw;
        }
      });
}

Napi::Value NftAddon::watch(const Napi::CallbackInfo& info) {
  using ListenerPointer = std::shared_ptr<nft::Listener>;
  const Napi::Env env = info.Env();
  const JsField options(info[0], "options");
  const auto thread = SessionThread::start(env);
  return thread->call<ListenerPointer>(
      env, info.This().As<Napi::Object>(),
      [network_namespace = readOptionalString(options, "namespace"),
       table = options.property("table").string()](StopSignal& /*stop*/) {
        return std::make_shared<nft::Listener>(network_namespace, table);
      },
      [this, thread](Napi::Env here, Outcome<ListenerPointer> outcome) {
        try {
          thread->keepLoopAlive(here, false);
          return NftWatch::create(watch_class_, {thread, outcome.take()});
        } catch (...) {
          thread->shutDown();
          throw;
        }
      });
}

}  // namespace

NODE_API_ADDON(NftAddon)

}  // namespace portshift::addon
