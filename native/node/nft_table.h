#pragma once

#include <napi.h>

#include "nftables/snapshot.h"

namespace portshift::addon {

/** The NativeTable of lib/backends/nft/addon.ts. */
class NftTable : public Napi::ObjectWrap<NftTable> {
 public:
  static Napi::Function define(Napi::Env env);

  static Napi::Object create(const Napi::FunctionReference& constructor, nft::Snapshot snapshot);

  /** Takes the snapshot that create() passes; scripts cannot construct one. */
  explicit NftTable(const Napi::CallbackInfo& info);

 private:
  Napi::Value page(const Napi::CallbackInfo& info);
  Napi::Value elements(const Napi::CallbackInfo& info);
  Napi::Value counters(const Napi::CallbackInfo& info);
  Napi::Object writeItem(Napi::Env env, std::size_t index) const;

  nft::Snapshot snapshot_;
};

}  // namespace portshift::addon
