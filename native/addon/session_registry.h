#pragma once

#include <napi.h>

#include <set>

namespace portshift::addon {

class SessionThread;

/** The session threads of one environment. Belongs to the event loop's thread. */
class SessionRegistry {
 public:
  void add(Napi::Env env, SessionThread *thread);
  void remove(SessionThread *thread) { threads_.erase(thread); }

 private:
  void listenForExit(Napi::Env env);
  void shutDownAll();

  std::set<SessionThread *> threads_;
  bool listening_ = false;
};

}  // namespace portshift::addon
