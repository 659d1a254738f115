#pragma once

#include <napi.h>

#include <memory>

#include "conntrack/connections.h"
#include "node/session_thread.h"

namespace portshift::addon {

/**
 * The methods of ConnectionSession in lib/backends/connections.ts. A session calls them from its
 * own methods of similar names; they run on its thread, which is in its network namespace.
 */
class JsConnections {
 public:
  explicit JsConnections(std::shared_ptr<SessionThread> thread)
      : thread_(std::move(thread)), connections_(std::make_shared<conntrack::Connections>()) {}

  Napi::Value watch(const Napi::CallbackInfo& info) const;
  Napi::Value cut(const Napi::CallbackInfo& info) const;
  Napi::Value network(const Napi::CallbackInfo& info) const;

  /**
   * Closes the sockets, on the thread because it may have to wait for that. Must be called before
   * the session's own close().
   */
  void close(const Napi::CallbackInfo& info);

 private:
  std::shared_ptr<SessionThread> thread_;
  std::shared_ptr<conntrack::Connections> connections_;
  bool closed_ = false;
};

}  // namespace portshift::addon
