#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addon/js_connections.h"
#include "addon/js_field.h"
#include "addon/session_thread.h"
#include "common/completion.h"
#include "iptc/session.h"

namespace portshift::addon {

/** IptcSession of lib/backends/iptc-addon.ts. */
class NativeSession : public Napi::ObjectWrap<NativeSession> {
 public:
  struct Parts {
    std::shared_ptr<SessionThread> thread;
    std::shared_ptr<iptc::Session> session;
    /** Of NativeSnapshot; it lives as long as the environment. */
    const Napi::FunctionReference *snapshot_class = nullptr;
    /** Of NativeChange; the same. */
    const Napi::FunctionReference *change_class = nullptr;
  };

  static Napi::Function define(Napi::Env env);

  static Napi::Object create(const Napi::FunctionReference& constructor, Parts parts);

  /** Takes what create() hands over; scripts cannot make one. */
  explicit NativeSession(const Napi::CallbackInfo& info);
  NativeSession(const NativeSession&) = delete;
  NativeSession& operator=(const NativeSession&) = delete;
  ~NativeSession() override;

 private:
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value look(const Napi::CallbackInfo& info);
  void wake(const Napi::CallbackInfo& info);
  Napi::Value newChange(const Napi::CallbackInfo& info);
  Napi::Value commit(const Napi::CallbackInfo& info);
  Napi::Value hasTranslatedConnections(const Napi::CallbackInfo& info);
  Napi::Value watchConnections(const Napi::CallbackInfo& info) { return connections_->watch(info); }
  Napi::Value cutConnections(const Napi::CallbackInfo& info) { return connections_->cut(info); }
  Napi::Value network(const Napi::CallbackInfo& info) { return connections_->network(info); }
  Napi::Value interrupt(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
  /** For the call that is about to be made. */
  std::shared_ptr<iptc::LockWait> newWait(const JsField& options);

  template <class T, class Work, class Settle>
  Napi::Promise call(const Napi::CallbackInfo& info, Work work, Settle settle);

  /** What the last commit was about, if it changed one table alone: the next one may be alike. */
  struct Expected {
    std::vector<iptc::ExpectedTable> tables;
    std::string prefix;
  };

  Parts parts_;
  std::optional<Expected> next_;
  /** What reading ahead waits for. */
  std::shared_ptr<Completion> announcement_;
  /** Of the calls under way, by what interrupt() calls them. */
  std::map<std::uint32_t, std::weak_ptr<iptc::LockWait>> waits_;
  std::optional<JsConnections> connections_;
};

}  // namespace portshift::addon
