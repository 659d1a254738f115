#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "iptables/session.h"
#include "node/js_connections.h"
#include "node/js_field.h"
#include "node/session_thread.h"
#include "thread/completion.h"

namespace portshift::addon {

/** The IptcSession of lib/backends/table-session.ts. */
class NativeSession : public Napi::ObjectWrap<NativeSession> {
 public:
  struct Parts {
    std::shared_ptr<SessionThread> thread;
    std::shared_ptr<iptc::Session> session;
    /** The constructor of NativeSnapshot; it lives as long as the environment. */
    const Napi::FunctionReference *snapshot_class = nullptr;
    /** The constructor of NativeChange; it lives as long as the environment. */
    const Napi::FunctionReference *change_class = nullptr;
  };

  static Napi::Function define(Napi::Env env);

  static Napi::Object create(const Napi::FunctionReference& constructor, Parts parts);

  /** Takes the parts that create() passes; scripts cannot construct one. */
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
  /** Creates the lock wait of a new call. */
  std::shared_ptr<iptc::LockWait> newWait(const JsField& options);

  template <class T, class Work, class Settle>
  Napi::Promise call(const Napi::CallbackInfo& info, Work work, Settle settle);

  /**
   * The tables of the last commit, if it changed one table of each family at most: the next commit
   * is likely to use them again.
   */
  struct Expected {
    std::vector<iptc::ExpectedTable> tables;
    std::string prefix;
  };

  Parts parts_;
  std::optional<Expected> next_;
  /** The event that ends the wait of a read-ahead. */
  std::shared_ptr<Completion> announcement_;
  /** The lock waits of the running calls, by the number that interrupt() takes. */
  std::map<std::uint32_t, std::weak_ptr<iptc::LockWait>> waits_;
  std::optional<JsConnections> connections_;
};

}  // namespace portshift::addon
