#include "addon/native_change.h"

#include <string>
#include <utility>

#include "common/json.h"
#include "iptc/steps_json.h"

namespace portshift::addon {

namespace {

// A prototype can be put on anything: only the tag tells what is behind an object.
constexpr napi_type_tag kTypeTag = {0x8d2f6e0b5a914c37, 0xb16c03f4d7e85a29};

}  // namespace

Napi::Function NativeChange::define(Napi::Env env) {
  return DefineClass(env, "NativeChange", {InstanceMethod("push", &NativeChange::push)});
}

NativeChange::NativeChange(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeChange>(info), change_(std::make_shared<iptc::Change>()) {
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

NativeChange& NativeChange::from(const JsField& field) {
  const Napi::Object object = field.object();
  if (!object.CheckTypeTag(&kTypeTag)) field.fail("a Change");
  return *Unwrap(object);
}

std::shared_ptr<const iptc::Change> NativeChange::seal() {
  sealed_ = true;
  return change_;
}

void NativeChange::add(const JsField& steps) {
  if (sealed_) {
    throw Napi::TypeError::New(steps.env(), "a change that was committed cannot be added to");
  }
  readSteps(steps, *change_);
}

void readSteps(const JsField& steps, iptc::Change& change) {
  const std::string text = steps.string();
  try {
    iptc::readSteps(text, change);
  } catch (const InvalidJson& invalid) {
    throw Napi::TypeError::New(steps.env(), invalid.what());
  }
}

}  // namespace portshift::addon
