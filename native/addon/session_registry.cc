#include "addon/session_registry.h"

#include "addon/session_thread.h"

namespace portshift::addon {

void SessionRegistry::add(Napi::Env env, SessionThread *thread) {
  listenForExit(env);
  threads_.insert(thread);
}

// process.exit() does not run environment cleanup hooks on the main thread: without this, the
// process could end in the middle of a commit of several steps.
void SessionRegistry::listenForExit(Napi::Env env) {
  if (listening_) return;
  listening_ = true;
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const auto listener =
      Napi::Function::New(env, [this](const Napi::CallbackInfo& /*info*/) { shutDownAll(); });
  process.Get("on").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), listener});
}

void SessionRegistry::shutDownAll() {
  // Each one removes itself.
  while (!threads_.empty()) (*threads_.begin())->shutDown();
}

}  // namespace portshift::addon
