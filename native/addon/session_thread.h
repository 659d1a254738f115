#pragma once

#include <napi.h>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "common/completion.h"
#include "common/error.h"
#include "common/job_thread.h"

namespace portshift::addon {

/** What a call's work ended in. */
template <class T>
struct Outcome {
  std::optional<T> value;
  /** Where there is no value. */
  Failure failure;

  /** Throws the Error where there is one. */
  T take() {
    if (!value) throw Error(std::move(failure));
    return std::move(*value);
  }
};

/**
 * One native thread at the service of one environment's event loop. Everything but the work itself
 * runs on the event loop's thread, which the object keeps alive only while a call is under way.
 *
 * It lives until shutDown(), or the end of the environment, has let the thread end; then it deletes
 * itself. process.exit() on the main thread ends no environment: it ends the thread wherever it is,
 * as SIGKILL would.
 */
class SessionThread {
  struct Private {};

 public:
  /** Must not throw: nothing above it could handle that. */
  using After = std::function<void()>;

  static std::shared_ptr<SessionThread> start(Napi::Env env);

  /** For start() alone. */
  SessionThread(Private, Napi::Env env);
  SessionThread(const SessionThread&) = delete;
  SessionThread& operator=(const SessionThread&) = delete;
  ~SessionThread() = default;

  /**
   * Runs `T work(StopSignal&)` on the thread, after everything called before, then
   * `Napi::Value settle(Napi::Env, Outcome<T>)` on the event loop: what that returns or throws
   * settles the promise. `owner` is kept from being collected until then. The thread runs `after`
   * once it has answered.
   */
  template <class T, class Work, class Settle>
  Napi::Promise call(Napi::Env env, const Napi::Object& owner, Work work, Settle settle,
                     After after = nullptr);

  /**
   * The same for work that is mostly over in microseconds: waits a moment for it, a fraction of a
   * millisecond, where the thread has nothing else to do. Where that is enough, gives what `settle`
   * returns, or throws what it throws; else a promise.
   */
  template <class T, class Work, class Settle>
  Napi::Value callBriefly(Napi::Env env, const Napi::Object& owner, Work work, Settle settle,
                          After after = nullptr);

  /** Has the thread do this after everything called before; nobody is told. Nothing happens once it
   * ends. */
  void post(JobThread::Job work) {
    if (!isClosing()) thread_->post(std::move(work));
  }

  /** Whether calls under way keep the event loop alive, as they do at first. */
  void keepLoopAlive(Napi::Env env, bool keeps);

  /** A call is about to come: the thread wakes up, and may do `meanwhile`, of which nobody is told.
   */
  void wake(JobThread::Job meanwhile = nullptr) { thread_->wake(std::move(meanwhile)); }

  /** For what the thread does: whether it is on another processor than who called last. */
  bool isElsewhere() const { return thread_->isElsewhere(); }

  /** For what the thread does, with the xtables lock in its hands: whether more comes soon. */
  bool isFollowed() { return thread_->isFollowed(kPatience); }

  /** Raises the stop signal of the work under way and of all that follows. */
  void interrupt() { thread_->interrupt(); }

  /** Ends the thread after everything called before, and after `last`; what is called later is
   * refused. Idempotent. */
  Napi::Promise close(Napi::Env env, const Napi::Object& owner, After last = nullptr);

  /** Lets the work under way end, drops what has not begun, joins the thread. Idempotent. */
  void shutDown();

 private:
  /** The event loop does other things as well before it goes on with a change. */
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
  /** The promise of a call that has just been posted, or is about to be. */
  Napi::Promise await(Napi::Env env, const Napi::Object& owner, Settler settle);
  static Napi::Promise refuse(Napi::Env env);
  /** What `settle` returns; throws a Napi::Error alone. */
  static Napi::Value settleNow(Napi::Env env, const std::function<Napi::Value()>& settle);
  void settleNext(Napi::Env env);

  Napi::Env env_;
  Signal done_;
  // Keeps the object alive until `done_` is finalized, which may still refer to it.
  std::shared_ptr<SessionThread> self_;
  // The thread answers in order: the front is what it is at.
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
  // The pending call owns the outcome: it outlives the job, and the job does not touch it after the
  // signal.
  thread_->post([this, target = outcome.get(), work = std::move(work),
                 after = std::move(after)](StopSignal& stop) mutable {
    perform(work, stop, *target);
    // Only a sign that the front of `pending_` is done; the outcome does not travel with it.
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
