#pragma once

#include <napi.h>

#include <memory>
#include <optional>

#include "nftables/session.h"
#include "node/js_connections.h"
#include "node/js_field.h"
#include "node/nft_batch.h"
#include "node/session_thread.h"

namespace portshift::addon {

/** The NftSession of lib/backends/nft/addon.ts. */
class NftSession : public Napi::ObjectWrap<NftSession> {
 public:
  struct Parts {
    std::shared_ptr<SessionThread> thread;
    std::shared_ptr<nft::Session> session;
    /**
     * The constructors of NftTable, NftBatch and NftRuleset; they live as long as the environment.
     */
    const Napi::FunctionReference *table_class = nullptr;
    const Napi::FunctionReference *batch_class = nullptr;
    const Napi::FunctionReference *ruleset_class = nullptr;
  };

  static Napi::Function define(Napi::Env env);

  static Napi::Object create(const Napi::FunctionReference& constructor, Parts parts);

  /** Takes the parts that create() passes; scripts cannot construct one. */
  explicit NftSession(const Napi::CallbackInfo& info);
  NftSession(const NftSession&) = delete;
  NftSession& operator=(const NftSession&) = delete;
  ~NftSession() override;

 private:
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value isInUse(const Napi::CallbackInfo& info);
  void wake(const Napi::CallbackInfo& /*info*/) { parts_.thread->wake(); }
  Napi::Value commit(const Napi::CallbackInfo& info);
  Napi::Value check(const Napi::CallbackInfo& info);
  Napi::Value ruleset(const Napi::CallbackInfo& info);
  Napi::Value commitForeign(const Napi::CallbackInfo& info);
  Napi::Value hasTranslatedConnections(const Napi::CallbackInfo& info);
  Napi::Value watchConnections(const Napi::CallbackInfo& info) { return connections_->watch(info); }
  Napi::Value cutConnections(const Napi::CallbackInfo& info) { return connections_->cut(info); }
  Napi::Value network(const Napi::CallbackInfo& info) { return connections_->network(info); }
  Napi::Value close(const Napi::CallbackInfo& info);

  NftBatch& batchIn(const JsField& field) const;
  std::shared_ptr<nft::Batch> takeBatch(const Napi::Value& value) const;

  template <class T, class Work, class Settle>
  Napi::Promise call(const Napi::CallbackInfo& info, Work work, Settle settle);

  Parts parts_;
  std::optional<JsConnections> connections_;
};

}  // namespace portshift::addon
