#pragma once

#include <linux/netfilter.h>
#include <napi.h>

#include <memory>

#include "nft/batch.h"

namespace portshift::addon {

/** NativeBatch of lib/backends/nft-addon.ts. */
class NftBatch : public Napi::ObjectWrap<NftBatch> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit NftBatch(const Napi::CallbackInfo& info);

  /** Of the family that sessions read their tables of. */
  bool isInet() const { return batch_->family() == NFPROTO_INET; }

  /** What is in it, for another thread; then it is empty again. */
  std::shared_ptr<nft::Batch> take();

 private:
  void push(const Napi::CallbackInfo& info);
  void elements(const Napi::CallbackInfo& info);
  Napi::Value messages(const Napi::CallbackInfo& info);

  std::shared_ptr<nft::Batch> batch_;
};

}  // namespace portshift::addon
