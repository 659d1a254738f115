#include "node/native_change.h"

#include <utility>

#include "iptables/steps_json.h"

namespace portshift::addon {

namespace {

// Any object can be given this prototype: only the type tag proves that the object wraps a change.
constexpr napi_type_tag kTypeTag = {0x8d2f6e0b5a914c37, 0xb16c03f4d7e85a29};

}  // namespace

void SteppedChange::read(std::string_view text) noexcept {
  if (failure_) return;
  try {
    iptc::readSteps(text, change_);
  } catch (const std::exception& exception) {
    failure_ = exception.what();
  }
}

Napi::Function NativeChange::define(Napi::Env env) {
  return DefineClass(env, "NativeChange", {InstanceMethod("push", &NativeChange::push)});
}

Napi::Object NativeChange::create(const Napi::FunctionReference& constructor, Parts parts) {
  return constructor.New({Napi::External<Parts>::New(constructor.Env(), &parts)});
}

NativeChange::NativeChange(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeChange>(info), change_(std::make_shared<SteppedChange>()) {
  if (!info[0].IsExternal()) {
    throw Napi::TypeError::New(info.Env(), "only a session makes changes");
  }
  parts_ = std::move(*info[0].As<Napi::External<Parts>>().Data());
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

NativeChange& NativeChange::from(const JsField& field, const SessionThread& thread) {
  const Napi::Object object = field.object();
  if (!object.CheckTypeTag(&kTypeTag)) field.fail("a change");
  NativeChange& change = *Unwrap(object);
  if (change.parts_.thread.get() != &thread) field.fail("a change of this session");
  return change;
}

void NativeChange::add(const JsField& steps) {
  if (sealed_) {
    throw Napi::TypeError::New(steps.env(), "a change that was committed cannot be added to");
  }
  parts_.thread->post([thread = parts_.thread.get(), session = parts_.session, change = change_,
                       text = steps.string()](StopSignal& /*stop*/) {
    change->read(text);
    session->editAhead({change, &change->change()}, [thread] { return thread->isFollowed(); });
  });
}

std::shared_ptr<const SteppedChange> NativeChange::seal() {
  sealed_ = true;
  return change_;
}

}  // namespace portshift::addon
