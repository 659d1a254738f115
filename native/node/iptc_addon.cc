#include <napi.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "node/js_host.h"
#include "node/js_options.h"
#include "node/native_change.h"
#include "node/native_session.h"
#include "node/native_snapshot.h"
#include "node/session_thread.h"

namespace portshift::addon {

namespace {

constexpr const char *kDefaultLockFile = "/run/xtables.lock";

/**
 * Returns the lock file that iptables(8) would use. The environment is that of the calling
 * JavaScript, because a worker may have its own. A relative path is resolved against the current
 * working directory at once, because that of a later moment, or of the guardian, may be another
 * one.
 */
std::string lockFileFromEnvironment(Napi::Env env) {
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const Napi::Value file = process.Get("env").As<Napi::Object>().Get("XTABLES_LOCKFILE");
  const std::string path = file.IsString() ? file.As<Napi::String>().Utf8Value() : std::string();
  if (path.empty()) return kDefaultLockFile;
  std::error_code gone;
  const std::filesystem::path absolute = std::filesystem::absolute(path, gone);
  return gone ? path : absolute.string();
}

/** The IptcAddon of lib/backends/table-session.ts: one object for each environment that loads it.
 */
class IptcAddon : public Napi::Addon<IptcAddon> {
 public:
  IptcAddon(Napi::Env env, Napi::Object exports)
      : session_class_(Napi::Persistent(NativeSession::define(env))),
        snapshot_class_(Napi::Persistent(NativeSnapshot::define(env))),
        change_class_(Napi::Persistent(NativeChange::define(env))) {
    DefineAddon(exports, {InstanceMethod("open", &IptcAddon::open, napi_enumerable),
                          InstanceValue("host", defineHost(env), napi_enumerable)});
  }

 private:
  Napi::Value open(const Napi::CallbackInfo& info);

  Napi::FunctionReference session_class_;
  Napi::FunctionReference snapshot_class_;
  Napi::FunctionReference change_class_;
};

Napi::Value IptcAddon::open(const Napi::CallbackInfo& info) {
  using SessionPointer = std::shared_ptr<iptc::Session>;
  const Napi::Env env = info.Env();
  const JsField options(info[0], "options");
  const std::string network_namespace = readOptionalString(options, "namespace");
  std::string lock_file = readOptionalString(options, "lockFile");
  if (lock_file.empty()) lock_file = lockFileFromEnvironment(env);

  const auto thread = SessionThread::start(env);
  return thread->call<SessionPointer>(
      env, info.This().As<Napi::Object>(),
      [network_namespace, lock_file](StopSignal& /*stop*/) -> SessionPointer {
        return std::make_shared<iptc::Session>(network_namespace, lock_file);
      },
      [this, thread](Napi::Env /*env*/, Outcome<SessionPointer> outcome) {
        try {
          return NativeSession::create(session_class_,
                                       {thread, outcome.take(), &snapshot_class_, &change_class_});
        } catch (...) {
          thread->shutDown();
          throw;
        }
      });
}

}  // namespace

NODE_API_ADDON(IptcAddon)

}  // namespace portshift::addon
