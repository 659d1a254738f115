#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "iptables/change.h"
#include "iptables/session.h"
#include "node/js_field.h"
#include "node/session_thread.h"

namespace portshift::addon {

/**
 * The steps of a change, parsed from the texts in which they cross from JavaScript. Any thread may
 * use it, but only one at a time.
 */
class SteppedChange {
 public:
  /**
   * Parses the next steps. A text that is invalid sets failure(), and all later texts are ignored.
   */
  void read(std::string_view text) noexcept;

  const std::optional<std::string>& failure() const { return failure_; }
  const iptc::Change& change() const { return change_; }

 private:
  iptc::Change change_;
  std::optional<std::string> failure_;
};

/**
 * The NativeChange of lib/backends/table-session.ts. The session's thread parses pushed steps and
 * applies them in memory while JavaScript writes the next ones.
 */
class NativeChange : public Napi::ObjectWrap<NativeChange> {
 public:
  static Napi::Function define(Napi::Env env);

  /** The session of the change, and the thread that parses its steps. */
  struct Parts {
    std::shared_ptr<SessionThread> thread;
    std::shared_ptr<iptc::Session> session;
  };

  static Napi::Object create(const Napi::FunctionReference& constructor, Parts parts);

  /** Takes the parts that create() passes; scripts cannot construct one. */
  explicit NativeChange(const Napi::CallbackInfo& info);

  /**
   * Returns the change that a JavaScript value wraps. Throws a Napi::TypeError if the value is
   * something else, or belongs to another thread.
   */
  static NativeChange& from(const JsField& field, const SessionThread& thread);

  /** Appends steps. Throws a Napi::TypeError if the change is sealed or `steps` is not a string. */
  void add(const JsField& steps);

  /**
   * Ends the appending of steps. After this only the thread may use the change, until the call that
   * is posted to it next has ended.
   */
  std::shared_ptr<const SteppedChange> seal();

 private:
  void push(const Napi::CallbackInfo& info) { add({info[0], "steps"}); }

  Parts parts_;
  std::shared_ptr<SteppedChange> change_;
  bool sealed_ = false;
};

}  // namespace portshift::addon
