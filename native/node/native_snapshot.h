#pragma once

#include <napi.h>

#include <memory>

#include "iptables/snapshot.h"

namespace portshift::addon {

/** The NativeSnapshot of lib/backends/table-session.ts. */
class NativeSnapshot : public Napi::ObjectWrap<NativeSnapshot> {
 public:
  static Napi::Function define(Napi::Env env);

  static Napi::Object create(const Napi::FunctionReference& constructor, iptc::Snapshot snapshot);

  /** Takes the snapshot that create() passes; scripts cannot construct one. */
  explicit NativeSnapshot(const Napi::CallbackInfo& info);

 private:
  Napi::Value page(const Napi::CallbackInfo& info);
  Napi::Value counters(const Napi::CallbackInfo& info);

  std::shared_ptr<const iptc::Snapshot> snapshot_;
};

}  // namespace portshift::addon
