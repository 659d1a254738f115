#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "addon/js_field.h"
#include "addon/session_thread.h"
#include "iptc/change.h"
#include "iptc/session.h"

namespace portshift::addon {

/** The steps of a change, read from the texts that they cross as, on any thread, but on one at a
 * time. */
class SteppedChange {
 public:
  /** What is wrong with a text is told by failure(); what comes after it is not read. */
  void read(std::string_view text) noexcept;

  const std::optional<std::string>& failure() const { return failure_; }
  const iptc::Change& change() const { return change_; }

 private:
  iptc::Change change_;
  std::optional<std::string> failure_;
};

/** NativeChange of lib/backends/iptc-addon.ts. The session's thread reads what is pushed, and
 * carries it out in memory, while more of it is written. */
class NativeChange : public Napi::ObjectWrap<NativeChange> {
 public:
  static Napi::Function define(Napi::Env env);

  /** Of which session, and who reads it there. */
  struct Parts {
    std::shared_ptr<SessionThread> thread;
    std::shared_ptr<iptc::Session> session;
  };

  static Napi::Object create(const Napi::FunctionReference& constructor, Parts parts);

  /** Takes what create() hands over; scripts cannot make one. */
  explicit NativeChange(const Napi::CallbackInfo& info);

  /** The change behind a value. Throws a Napi::TypeError where it is something else, or another
   * thread's. */
  static NativeChange& from(const JsField& field, const SessionThread& thread);

  /** Throws a Napi::TypeError where it is sealed, or this is no text. */
  void add(const JsField& steps);

  /** From now on it cannot be added to. It is for the thread alone, until what is called on that
   * from now on has ended. */
  std::shared_ptr<const SteppedChange> seal();

 private:
  void push(const Napi::CallbackInfo& info) { add({info[0], "steps"}); }

  Parts parts_;
  std::shared_ptr<SteppedChange> change_;
  bool sealed_ = false;
};

}  // namespace portshift::addon
