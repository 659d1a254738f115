#pragma once

#include <napi.h>

#include <memory>

#include "nftables/listener.h"
#include "node/session_thread.h"

namespace portshift::addon {

/** The NftWatch of lib/backends/nft/addon.ts. */
class NftWatch : public Napi::ObjectWrap<NftWatch> {
 public:
  struct Parts {
    std::shared_ptr<SessionThread> thread;
    std::shared_ptr<nft::Listener> listener;
  };

  static Napi::Function define(Napi::Env env);

  static Napi::Object create(const Napi::FunctionReference& constructor, Parts parts);

  /** Takes the parts that create() passes; scripts cannot construct one. */
  explicit NftWatch(const Napi::CallbackInfo& info);
  NftWatch(const NftWatch&) = delete;
  NftWatch& operator=(const NftWatch&) = delete;
  ~NftWatch() override;

 private:
  Napi::Value changed(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  Parts parts_;
};

}  // namespace portshift::addon
