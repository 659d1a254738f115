#include "node/js_error.h"

#include <string>

#include "util/errno_name.h"

namespace portshift::addon {

namespace {

void set(const Napi::Object& object, const char *key, std::string_view value) {
  object.Set(key, Napi::String::New(object.Env(), value.data(), value.size()));
}

void set(const Napi::Object& object, const char *key, std::size_t value) {
  object.Set(key, Napi::Number::New(object.Env(), static_cast<double>(value)));
}

/** Returns the message followed by the stack frames of `trace`. */
std::string stackWith(const std::string& message, const Napi::Object& trace) {
  const Napi::Value stack = trace.Get("stack");
  std::string text = "Error: " + message;
  if (stack.IsString()) {
    const std::string frames = stack.As<Napi::String>();
    const std::size_t begin = frames.find("\n    at ");
    if (begin != std::string::npos) text += frames.substr(begin);
  }
  return text;
}

}  // namespace

Napi::Value writeError(Napi::Env env, const Failure& failure, const Napi::Object& trace) {
  const Napi::Object error = Napi::Error::New(env, failure.message).Value();
  error.DefineProperty(Napi::PropertyDescriptor::Value(
      "stack", Napi::String::New(env, stackWith(failure.message, trace)),
      static_cast<napi_property_attributes>(napi_writable | napi_configurable)));
  set(error, "kind", errorKindName(failure.kind));
  if (failure.code != 0) {
    set(error, "errno", static_cast<std::size_t>(failure.code));
    set(error, "errnoName", errnoName(failure.code));
  }
  if (!failure.syscall.empty()) set(error, "syscall", failure.syscall);
  if (failure.family) set(error, "family", familyName(*failure.family));
  if (!failure.table.empty()) set(error, "table", failure.table);
  if (failure.step) set(error, "step", *failure.step);
  if (failure.operation) set(error, "operation", *failure.operation);
  if (failure.element) set(error, "element", *failure.element);
  if (!failure.forbidden.empty()) set(error, "forbidden", failure.forbidden);
  if (!failure.kernel_text.empty()) set(error, "kernelText", failure.kernel_text);
  if (failure.left) set(error, "left", leftName(*failure.left));
  if (!failure.undo_error.empty()) set(error, "undoError", failure.undo_error);
  return error;
}

}  // namespace portshift::addon
