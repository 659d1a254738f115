#include "node/session_thread.h"

#include <utility>

#include "node/js_error.h"

namespace portshift::addon {

namespace {

void onEnvironmentCleanup(void *data) {
  static_cast<SessionThread *>(data)->shutDown();
}

Napi::Object newTrace(Napi::Env env) {
  return Napi::Error::New(env, "").Value();
}

}  // namespace

SessionThread::SessionThread(Private /*key*/, Napi::Env env) : env_(env) {}

std::shared_ptr<SessionThread> SessionThread::start(Napi::Env env) {
  auto self = std::make_shared<SessionThread>(Private{}, env);
  self->done_ = Signal::New(env, "portshift", 0, 1, self.get(),
                            [](Napi::Env, void *, SessionThread *ended) { ended->self_.reset(); });
  self->self_ = self;
  self->done_.Unref(env);
  // This hook is added after the thread-safe function, which adds its own: hooks run in reverse
  // order, and the thread must end first.
  napi_add_env_cleanup_hook(env, onEnvironmentCleanup, self.get());
  self->thread_.emplace();
  return self;
}

Napi::Promise SessionThread::await(Napi::Env env, const Napi::Object& owner, Settler settle) {
  PendingCall call{Napi::Promise::Deferred::New(env), Napi::Persistent(newTrace(env)),
                   Napi::Persistent(owner), std::move(settle)};
  const Napi::Promise promise = call.deferred.Promise();
  if (pending_.empty() && keeps_loop_alive_) done_.Ref(env);
  pending_.push_back(std::move(call));
  return promise;
}

Napi::Promise SessionThread::refuse(Napi::Env env) {
  Failure failure;
  failure.kind = ErrorKind::kClosed;
  failure.message = "the session is closed";
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Reject(writeError(env, failure, newTrace(env)));
  return deferred.Promise();
}

Napi::Value SessionThread::settleNow(Napi::Env env, const std::function<Napi::Value()>& settle) {
  try {
    return settle();
  } catch (const Error& error) {
    throw Napi::Error(env, writeError(env, error.failure(), newTrace(env)));
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& exception) {
    Failure failure;
    failure.message = exception.what();
    throw Napi::Error(env, writeError(env, failure, newTrace(env)));
  }
}

void SessionThread::onDone(Napi::Env env, Napi::Function /*callback*/, SessionThread *self,
                           void * /*data*/) {
  // An empty environment means that the call is only being cleaned up.
  if (static_cast<napi_env>(env) == nullptr) return;
  try {
    self->settleNext(env);
  } catch (...) {  // NOLINT(bugprone-empty-catch): the environment is ending
  }
}

void SessionThread::settleNext(Napi::Env env) {
  if (pending_.empty()) return;
  const PendingCall call = std::move(pending_.front());
  pending_.pop_front();
  if (pending_.empty() && keeps_loop_alive_) done_.Unref(env);
  try {
    call.deferred.Resolve(call.settle(env));
  } catch (const Error& error) {
    call.deferred.Reject(writeError(env, error.failure(), call.trace.Value()));
  } catch (const Napi::Error& error) {
    call.deferred.Reject(error.Value());
  } catch (const std::exception& exception) {
    Failure failure;
    failure.message = exception.what();
    call.deferred.Reject(writeError(env, failure, call.trace.Value()));
  }
}

void SessionThread::keepLoopAlive(Napi::Env env, bool keeps) {
  if (std::exchange(keeps_loop_alive_, keeps) == keeps || pending_.empty()) return;
  if (keeps) {
    done_.Ref(env);
  } else {
    done_.Unref(env);
  }
}

Napi::Promise SessionThread::close(Napi::Env env, const Napi::Object& owner, After last) {
  if (closing_.IsEmpty() && shut_down_) {
    const auto deferred = Napi::Promise::Deferred::New(env);
    deferred.Resolve(env.Undefined());
    return deferred.Promise();
  }
  if (closing_.IsEmpty()) {
    const Napi::Promise promise = call<bool>(
        env, owner,
        [last = std::move(last)](StopSignal& /*stop*/) {
          if (last) last();
          return true;
        },
        [this](Napi::Env here, const Outcome<bool>& /*outcome*/) {
          shutDown();
          return here.Undefined();
        });
    closing_ = Napi::Reference<Napi::Promise>::New(promise, 1);
  }
  return closing_.Value();
}

void SessionThread::shutDown() {
  if (std::exchange(shut_down_, true)) return;
  thread_->stop();
  napi_remove_env_cleanup_hook(env_, onEnvironmentCleanup, this);
  pending_.clear();
  done_.Release();
}

}  // namespace portshift::addon
