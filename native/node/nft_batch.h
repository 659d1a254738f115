#pragma once

#include <linux/netfilter.h>
#include <napi.h>

#include <memory>

#include "nftables/batch.h"

namespace portshift::addon {

/** The NativeBatch of lib/backends/nft/addon.ts. */
class NftBatch : public Napi::ObjectWrap<NftBatch> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit NftBatch(const Napi::CallbackInfo& info);

  /**
   * Returns true if the batch is for a table of the family inet, the only one that sessions read.
   */
  bool isInet() const { return batch_->family() == NFPROTO_INET; }

  /** Returns the content for use on another thread and leaves the batch empty. */
  std::shared_ptr<nft::Batch> take();

 private:
  void push(const Napi::CallbackInfo& info);
  void elements(const Napi::CallbackInfo& info);
  Napi::Value messages(const Napi::CallbackInfo& info);

  std::shared_ptr<nft::Batch> batch_;
};

}  // namespace portshift::addon
