#include "node/native_session.h"

#include <utility>
#include <vector>

#include "conntrack/translated.h"
#include "iptables/fingerprint.h"
#include "node/js_families.h"
#include "node/js_options.h"
#include "node/native_change.h"
#include "node/native_snapshot.h"
#include "util/hash.h"

namespace portshift::addon {

namespace {

std::vector<iptc::TableId> readTableIds(const JsField& field) {
  const std::uint32_t count = field.arrayLength();
  std::vector<iptc::TableId> ids;
  for (std::uint32_t i = 0; i < count; ++i) {
    const JsField element = field.element(i);
    ids.push_back(
        {readFamily(element.property("family")), readTableName(element.property("table"))});
  }
  return ids;
}

/** Reads fingerprints in the form that TableState has. */
std::vector<std::uint64_t> readFingerprints(const JsField& field) {
  std::vector<std::uint64_t> fingerprints;
  if (field.isAbsent()) return fingerprints;
  const std::uint32_t count = field.arrayLength();
  for (std::uint32_t i = 0; i < count; ++i) {
    const JsField element = field.element(i);
    const auto value = fromHex(element.string());
    if (!value) element.fail("a fingerprint of a table");
    fingerprints.push_back(*value);
  }
  return fingerprints;
}

/**
 * Returns the committed tables, or nothing if the result is stale or the change modified more than
 * one table of a family.
 */
std::optional<std::vector<iptc::ExpectedTable>> tablesOf(const iptc::Change& change,
                                                         const iptc::CommitResult& result) {
  if (result.stale) return std::nullopt;
  std::vector<iptc::ExpectedTable> tables;
  const iptc::Step *first = nullptr;
  for (std::size_t i = 0; i < change.steps.size(); ++i) {
    const iptc::Step& step = change.steps[i];
    if (step.size() > 0) {
      if (first == nullptr) first = &step;
      if (step.table.table != first->table.table) return std::nullopt;
    }
    const bool is_known = result.fingerprints[i] != iptc::emptyFingerprint();
    tables.push_back({step.table, is_known, step.size() > 0});
  }
  return tables;
}

/** Parses a change that crosses as one text. This takes no longer than waking the thread. */
std::shared_ptr<const SteppedChange> readSmall(const JsField& steps) {
  auto change = std::make_shared<SteppedChange>();
  change->read(steps.string());
  if (change->failure()) throw Napi::TypeError::New(steps.env(), *change->failure());
  return change;
}

Napi::Object writeResult(Napi::Env env, const iptc::CommitResult& result) {
  const Napi::Object object = Napi::Object::New(env);
  object.Set("status", Napi::String::New(env, result.stale ? "stale" : "committed"));
  if (result.stale) return object;
  const Napi::Array fingerprints = Napi::Array::New(env, result.fingerprints.size());
  for (std::uint32_t i = 0; i < result.fingerprints.size(); ++i) {
    fingerprints.Set(i, Napi::String::New(env, toHex(result.fingerprints[i])));
  }
  object.Set("fingerprints", fingerprints);
  return object;
}

}  // namespace

Napi::Function NativeSession::define(Napi::Env env) {
  return DefineClass(
      env, "NativeSession",
      {InstanceMethod("read", &NativeSession::read), InstanceMethod("look", &NativeSession::look),
       InstanceMethod("wake", &NativeSession::wake),
       InstanceMethod("newChange", &NativeSession::newChange),
       InstanceMethod("commit", &NativeSession::commit),
       InstanceMethod("hasTranslatedConnections", &NativeSession::hasTranslatedConnections),
       InstanceMethod("watchConnections", &NativeSession::watchConnections),
       InstanceMethod("cutConnections", &NativeSession::cutConnections),
       InstanceMethod("network", &NativeSession::network),
       InstanceMethod("interrupt", &NativeSession::interrupt),
       InstanceMethod("close", &NativeSession::close)});
}

Napi::Object NativeSession::create(const Napi::FunctionReference& constructor, Parts parts) {
  return constructor.New({Napi::External<Parts>::New(constructor.Env(), &parts)});
}

NativeSession::NativeSession(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeSession>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsExternal()) throw Napi::TypeError::New(env, "open() makes sessions");
  parts_ = std::move(*info[0].As<Napi::External<Parts>>().Data());
  connections_.emplace(parts_.thread);
  info.This().As<Napi::Object>().DefineProperty(Napi::PropertyDescriptor::Value(
      "families", writeFamilies(env, parts_.session->families()), napi_enumerable));
}

NativeSession::~NativeSession() {
  if (parts_.thread) parts_.thread->shutDown();
}

template <class T, class Work, class Settle>
Napi::Promise NativeSession::call(const Napi::CallbackInfo& info, Work work, Settle settle) {
  return parts_.thread->call<T>(info.Env(), info.This().As<Napi::Object>(), std::move(work),
                                std::move(settle));
}

Napi::Value NativeSession::read(const Napi::CallbackInfo& info) {
  const auto ids = readTableIds({info[0], "tables"});
  const JsField options(info[1], "options");
  const std::string prefix = readOptionalString(options, "chainPrefix");
  const auto known = readFingerprints(options.property("known"));
  const auto wait = newWait(options);
  return call<iptc::Snapshot>(
      info,
      [session = parts_.session, ids, prefix, known, wait](StopSignal& stop) {
        return session->read(ids, prefix, known, *wait, stop);
      },
      [constructor = parts_.snapshot_class](Napi::Env /*env*/, Outcome<iptc::Snapshot> outcome) {
        return NativeSnapshot::create(*constructor, outcome.take());
      });
}

Napi::Value NativeSession::look(const Napi::CallbackInfo& info) {
  const auto ids = readTableIds({info[0], "tables"});
  const std::string prefix = readOptionalString({info[1], "options"}, "chainPrefix");
  return call<iptc::Snapshot>(
      info,
      [session = parts_.session, ids, prefix](StopSignal& /*stop*/) {
        return session->look(ids, prefix);
      },
      [constructor = parts_.snapshot_class](Napi::Env /*env*/, Outcome<iptc::Snapshot> outcome) {
        return NativeSnapshot::create(*constructor, outcome.take());
      });
}

void NativeSession::wake(const Napi::CallbackInfo& info) {
  const bool small = JsField(info[0], "small").optionalBoolean();
  if (!small || !next_) return parts_.thread->wake();
  announcement_ = std::make_shared<Completion>();
  parts_.thread->wake([thread = parts_.thread.get(), session = parts_.session, next = *next_,
                       announcement = announcement_](StopSignal& stop) {
    const auto is_soon = [&] { return announcement->wait(thread->isElsewhere()); };
    session->readAhead(next.tables, next.prefix, is_soon, stop);
  });
}

Napi::Value NativeSession::newChange(const Napi::CallbackInfo& info) {
  const std::string prefix = JsField(info[0], "chainPrefix").string();
  std::vector<iptc::ExpectedTable> tables;
  if (next_ && next_->prefix == prefix) tables = next_->tables;
  parts_.thread->post(
      [thread = parts_.thread.get(), session = parts_.session, tables, prefix](StopSignal& stop) {
        session->readAhead(
            tables, prefix, [thread] { return thread->isFollowed(); }, stop);
      });
  return NativeChange::create(*parts_.change_class, {parts_.thread, parts_.session});
}

Napi::Value NativeSession::commit(const Napi::CallbackInfo& info) {
  const JsField steps(info[0], "steps");
  const JsField before(info[2], "before");
  std::shared_ptr<const SteppedChange> change;
  if (before.isAbsent()) {
    change = readSmall(steps);
  } else {
    NativeChange& begun = NativeChange::from(before, *parts_.thread);
    begun.add(steps);
    change = begun.seal();
  }
  const JsField options(info[1], "options");
  const std::string prefix = options.property("chainPrefix").string();
  const auto wait = newWait(options);
  next_.reset();
  // The result is not needed: the read-ahead may have stopped waiting already.
  if (announcement_) static_cast<void>(std::exchange(announcement_, nullptr)->finish());
  const auto work = [session = parts_.session, change, prefix, wait](StopSignal& stop) {
    if (change->failure()) {
      session->letGo();
      return iptc::CommitResult();
    }
    return session->commit(change->change(), prefix, *wait, stop);
  };
  const auto settle = [this, change, prefix](Napi::Env env, Outcome<iptc::CommitResult> outcome) {
    if (change->failure()) throw Napi::TypeError::New(env, *change->failure());
    const iptc::CommitResult result = outcome.take();
    if (auto tables = tablesOf(change->change(), result)) next_ = {std::move(*tables), prefix};
    return writeResult(env, result);
  };
  const auto tidy = [session = parts_.session] { session->tidy(); };
  const auto self = info.This().As<Napi::Object>();
  using Result = iptc::CommitResult;
  if (before.isAbsent()) {
    return parts_.thread->callBriefly<Result>(info.Env(), self, work, settle, tidy);
  }
  return parts_.thread->call<Result>(info.Env(), self, work, settle, tidy);
}

Napi::Value NativeSession::hasTranslatedConnections(const Napi::CallbackInfo& info) {
  return call<bool>(
      info, [](StopSignal& /*stop*/) { return conntrack::hasTranslatedConnections(); },
      [](Napi::Env env, Outcome<bool> outcome) { return Napi::Boolean::New(env, outcome.take()); });
}

std::shared_ptr<iptc::LockWait> NativeSession::newWait(const JsField& options) {
  auto wait = std::make_shared<iptc::LockWait>(readLockTimeout(options));
  for (auto each = waits_.begin(); each != waits_.end();) {
    each = each->second.expired() ? waits_.erase(each) : std::next(each);
  }
  const JsField name = options.property("wait");
  if (!name.isAbsent()) waits_[name.integer(1)] = wait;
  return wait;
}

Napi::Value NativeSession::interrupt(const Napi::CallbackInfo& info) {
  const auto found = waits_.find(JsField(info[0], "wait").integer());
  const auto wait = found == waits_.end() ? nullptr : found->second.lock();
  if (wait) wait->interrupt();
  return info.Env().Undefined();
}

Napi::Value NativeSession::close(const Napi::CallbackInfo& info) {
  connections_->close(info);
  return parts_.thread->close(info.Env(), info.This().As<Napi::Object>(),
                              [session = parts_.session] { session->release(); });
}

}  // namespace portshift::addon
