#pragma once

#include <napi.h>

#include <memory>

#include "nft/batch.h"

namespace portshift::addon {

/** NativeBatch of lib/backends/nft-addon.ts. */
class NftBatch : public Napi::ObjectWrap<NftBatch> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit NftBatch(const Napi::CallbackInfo& info);

  /** From now on it cannot be changed: another thread reads it. */
  std::shared_ptr<const nft::Batch> seal();

 private:
  void push(const Napi::CallbackInfo& info);
  Napi::Value messages(const Napi::CallbackInfo& info);

  std::shared_ptr<nft::Batch> batch_;
  bool sealed_ = false;
};

}  // namespace portshift::addon
