#pragma once

#include <napi.h>

#include <memory>

#include "iptc/change.h"

namespace portshift::addon {

/** NativeChange of lib/backends/iptc-addon.ts. */
class NativeChange : public Napi::ObjectWrap<NativeChange> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit NativeChange(const Napi::CallbackInfo& info);

  /** The change behind a value; nullptr where it is something else. */
  static NativeChange *from(Napi::Value value);

  /** From now on it cannot be changed: another thread reads it. */
  std::shared_ptr<const iptc::Change> seal();

 private:
  void step(const Napi::CallbackInfo& info);
  void push(const Napi::CallbackInfo& info);
  void checkOpen(Napi::Env env) const;

  std::shared_ptr<iptc::Change> change_;
  bool sealed_ = false;
};

}  // namespace portshift::addon
