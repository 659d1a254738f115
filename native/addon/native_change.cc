#include "addon/native_change.h"

#include <string>
#include <utility>

#include "addon/js_options.h"
#include "common/json.h"
#include "iptc/operations_json.h"

namespace portshift::addon {

namespace {

// A prototype can be put on anything: only the tag tells what is behind an object.
constexpr napi_type_tag kTypeTag = {0x8d2f6e0b5a914c37, 0xb16c03f4d7e85a29};

}  // namespace

Napi::Function NativeChange::define(Napi::Env env) {
  return DefineClass(
      env, "NativeChange",
      {InstanceMethod("step", &NativeChange::step), InstanceMethod("push", &NativeChange::push)});
}

NativeChange::NativeChange(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeChange>(info), change_(std::make_shared<iptc::Change>()) {
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

NativeChange *NativeChange::from(Napi::Value value) {
  if (!value.IsObject()) return nullptr;
  const auto object = value.As<Napi::Object>();
  return object.CheckTypeTag(&kTypeTag) ? Unwrap(object) : nullptr;
}

std::shared_ptr<const iptc::Change> NativeChange::seal() {
  sealed_ = true;
  return change_;
}

void NativeChange::step(const Napi::CallbackInfo& info) {
  checkOpen(info.Env());
  iptc::Step step;
  step.table.family = readFamily({info[0], "family"});
  step.table.table = readTableName({info[1], "table"});
  step.expect = JsField(info[2], "expect").string();
  change_->steps.push_back(std::move(step));
}

void NativeChange::push(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  checkOpen(env);
  if (change_->steps.empty()) throw Napi::TypeError::New(env, "push() comes after step()");
  iptc::Step& step = change_->steps.back();

  const std::string operations = JsField(info[0], "operations").string();
  try {
    step.blocks.push_back(iptc::readOperations(step.table.family, operations));
  } catch (const InvalidJson& invalid) {
    throw Napi::TypeError::New(env, invalid.what());
  }
}

void NativeChange::checkOpen(Napi::Env env) const {
  if (sealed_) throw Napi::TypeError::New(env, "a change that was committed cannot be added to");
}

}  // namespace portshift::addon
