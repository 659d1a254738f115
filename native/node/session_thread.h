#pragma once

#include <napi.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "thread/completion.h"
#include "thread/job_thread.h"
#include "util/error.h"

namespace portshift::addon {

/** The result of a call's work: a value or a failure. */
template <class T>
struct Outcome {
  std::optional<T> value;
  /** The failure; it is set only if there is no value. */
  Failure failure;

  /** Returns the value, or throws the failure as an Error. */
  T take() {
    if (!value) throw Error(std::move(failure));
    return std::move(*value);
  }
};

/**
 * One native thread that works for one environment's event loop. Everything but the work itself
 * runs on the event loop's thread; the event loop is kept alive only while a call is pending.
 *
 * It lives until shutDown(), or the end of the environment, has ended the thread; then it deletes
 * itself. process.exit() on the main thread does not end the environment: it kills the thread
 * wherever it is, as SIGKILL would.
 */
class SessionThread {
  struct Private {};

 public:
  /**
   * A function that the thread runs after a call. It must not throw: nothing above it could handle
   * an exception.
   */
  using After = std::function<void()>;

  static std::shared_ptr<SessionThread> start(Napi::Env env);

  /** The constructor is for start() alone. */
  SessionThread(Private, Napi::Env env);
  SessionThread(const SessionThread&) = delete;
  SessionThread& operator=(const SessionThread&) = delete;
  ~SessionThread() = default;

  /**
   * Runs `T work(StopSignal&)` on the thread, after all earlier calls, then `Napi::Value
   * settle(Napi::Env, Outcome<T>)` on the event loop: its return value or exception settles the
   * promise. `owner` is not garbage-collected until then. The thread runs `after` once it has
   * delivered the outcome.
   */
  template <class T, class Work, class Settle>
  Napi::Promise call(Napi::Env env, const Napi::Object& owner, Work work, Settle settle,
                     After after = nullptr);

  /**
   * Runs work that usually takes microseconds, like call(). If no call is pending, it waits for a
   * fraction of a millisecond for the work to end. If the work ends in that time, it returns what
   * `settle` returns or throws what it throws; otherwise it returns a promise.
   */
  template <class T, class Work, class Settle>
  Napi::Value callBriefly(Napi::Env env, const Napi::Object& owner, Work work, Settle settle,
                          After after = nullptr);

  /**
   * Runs `work` on the thread after all earlier calls, without any notification. Does nothing once
   * the thread is closing.
   */
  void post(JobThread::Job work) {
    if (!isClosing()) thread_->post(std::move(work));
  }

  /** Sets whether pending calls keep the event loop alive. By default they do. */
  void keepLoopAlive(Napi::Env env, bool keeps);

  /** Announces a call: the thread wakes up and may run `meanwhile`, without any notification. */
  void wake(JobThread::Job meanwhile = nullptr) { thread_->wake(std::move(meanwhile)); }

  /**
   * Returns true if the thread runs on another processor than the last caller. Only its own work
   * may call it.
   */
  bool isElsewhere() const { return thread_->isElsewhere(); }

  /**
   * Waits for the next job, for kPatience at most, and returns true if there is one. Only the
   * thread's own work may call it; the work may hold the xtables lock meanwhile.
   */
  bool isFollowed() { return thread_->isFollowed(kPatience); }

  /** Raises the stop signal of the running work and of all that follows. */
  void interrupt() { thread_->interrupt(); }

  /**
   * Ends the thread after all earlier calls and after `last`. Later calls are rejected. Idempotent.
   */
  Napi::Promise close(Napi::Env env, const Napi::Object& owner, After last = nullptr);

  /** Lets the running work end, drops the queued work and joins the thread. Idempotent. */
  void shutDown();

 private:
  /** The time that the event loop may spend on other work before it continues a change. */
  static constexpr std::chrono::milliseconds kPatience{100};

  using Settler = std::function<Napi::Value(Napi::Env)>;

  struct PendingCall {
    Napi::Promise::Deferred deferred;
    Napi::ObjectReference trace;
    Napi::ObjectReference owner;
    Settler settle;
  };

  static void onDone(Napi::Env env, Napi::Function callback, SessionThread *self, void *data);
  using Signal = Napi::TypedThreadSafeFunction<SessionThread, void, onDone>;

  template <class T>
  struct Brief {
    Outcome<T> outcome;
    Completion completion;
  };

  template <class T, class Work>
  static void perform(Work& work, StopSignal& stop, Outcome<T>& outcome) noexcept;
  bool isClosing() const { return shut_down_ || !closing_.IsEmpty(); }
  /** Returns the promise of a call that has just been posted or is about to be. */
  Napi::Promise await(Napi::Env env, const Napi::Object& owner, Settler settle);
  static Napi::Promise refuse(Napi::Env env);
  /** Returns what `settle` returns. It throws nothing but a Napi::Error. */
  static Napi::Value settleNow(Napi::Env env, const std::function<Napi::Value()>& settle);
  void settleNext(Napi::Env env);

  Napi::Env env_;
  Signal done_;
  // This pointer keeps the object alive until `done_` is finalized, which may refer to the object
  // until then.
  std::shared_ptr<SessionThread> self_;
  // The thread completes calls in order: the front one is the call that it runs.
  std::deque<PendingCall> pending_;
  Napi::Reference<Napi::Promise> closing_;
  bool shut_down_ = false;
  bool keeps_loop_alive_ = true;
  std::optional<JobThread> thread_;
};

template <class T, class Work, class Settle>
Napi::Promise SessionThread::call(Napi::Env env, const Napi::Object& owner, Work work,
                                  Settle settle, After after) {
  if (isClosing()) return refuse(env);
  const auto outcome = std::make_shared<Outcome<T>>();
  const Napi::Promise promise = await(
      env, owner, [outcome, settle](Napi::Env here) { return settle(here, std::move(*outcome)); });
  // The pending call owns the outcome: it outlives the job, and the job does not use it after the
  // signal.
  thread_->post([this, target = outcome.get(), work = std::move(work),
                 after = std::move(after)](StopSignal& stop) mutable {
    perform(work, stop, *target);
    // The signal only means that the front of `pending_` is done; it does not carry the outcome.
    done_.NonBlockingCall();
    if (after) after();
  });
  return promise;
}

template <class T, class Work, class Settle>
Napi::Value SessionThread::callBriefly(Napi::Env env, const Napi::Object& owner, Work work,
                                       Settle settle, After after) {
  if (isClosing() || !pending_.empty()) {
    return call<T>(env, owner, std::move(work), std::move(settle), std::move(after));
  }
  const auto brief = std::make_shared<Brief<T>>();
  const bool awake = thread_->post(
      [this, brief, work = std::move(work), after = std::move(after)](StopSignal& stop) mutable {
        perform(work, stop, brief->outcome);
        if (brief->completion.finish()) done_.NonBlockingCall();
        if (after) after();
      });
  if (brief->completion.wait(awake)) {
    return settleNow(env, [&] { return settle(env, std::move(brief->outcome)); });
  }
  return await(env, owner,
               [brief, settle](Napi::Env here) { return settle(here, std::move(brief->outcome)); });
}

template <class T, class Work>
void SessionThread::perform(Work& work, StopSignal& stop, Outcome<T>& outcome) noexcept {
  try {
    outcome.value.emplace(work(stop));
  } catch (const Error& error) {
    outcome.failure = error.failure();
  } catch (const std::exception& exception) {
    outcome.failure.message = exception.what();
  } catch (...) {
    outcome.failure.message = "an exception of an unknown kind";
  }
}

}  // namespace portshift::addon
