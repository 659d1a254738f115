#pragma once

#include <napi.h>

#include <memory>

#include "addon/js_field.h"
#include "iptc/change.h"

namespace portshift::addon {

/** NativeChange of lib/backends/iptc-addon.ts. */
class NativeChange : public Napi::ObjectWrap<NativeChange> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit NativeChange(const Napi::CallbackInfo& info);

  /** The change behind a value. Throws a Napi::TypeError where it is something else. */
  static NativeChange& from(const JsField& field);

  /** Throws a Napi::TypeError where it is sealed, or the text is not one of steps. */
  void add(const JsField& steps);

  /** From now on it cannot be changed: another thread reads it. */
  std::shared_ptr<const iptc::Change> seal();

 private:
  void push(const Napi::CallbackInfo& info) { add({info[0], "steps"}); }

  std::shared_ptr<iptc::Change> change_;
  bool sealed_ = false;
};

/** Adds to a change what a text has. Throws a Napi::TypeError. */
void readSteps(const JsField& steps, iptc::Change& change);

}  // namespace portshift::addon
