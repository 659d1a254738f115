#include "node/js_host.h"

#include <string>

#include "node/js_field.h"
#include "util/errno_name.h"
#include "util/error.h"
#include "util/unix_socket.h"

namespace portshift::addon {

namespace {

/**
 * Calls a function and converts an Error that it throws to an error as Node.js throws them, with
 * `code` and `syscall`.
 */
template <typename Function>
Napi::Value calling(Napi::Env env, const Function& function) {
  try {
    return function();
  } catch (const Error& error) {
    Napi::Error thrown = Napi::Error::New(env, error.what());
    if (error.failure().code != 0) {
      thrown.Set("code", Napi::String::New(env, errnoName(error.failure().code)));
    }
    thrown.Set("syscall", Napi::String::New(env, error.failure().syscall));
    throw thrown;
  }
}

std::string optionalText(const Napi::Value& value, const char *name) {
  const JsField field(value, name);
  return field.isAbsent() ? std::string() : field.string();
}

Napi::Value namespaceCookie(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return calling(env, [&]() -> Napi::Value {
    const auto cookie = networkNamespaceCookie(optionalText(info[0], "namespace"));
    // A double cannot represent all 64-bit numbers.
    return cookie ? Napi::String::New(env, std::to_string(*cookie)) : env.Undefined();
  });
}

Napi::Value peerCredentials(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return calling(env, [&]() -> Napi::Value {
    const auto fd = static_cast<int>(JsField(info[0], "fd").integer());
    const PeerCredentials found = portshift::peerCredentials(fd);
    auto result = Napi::Object::New(env);
    result.Set("pid", Napi::Number::New(env, found.pid));
    result.Set("uid", Napi::Number::New(env, found.uid));
    result.Set("gid", Napi::Number::New(env, found.gid));
    return result;
  });
}

Napi::Value listenAbstract(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return calling(env, [&]() -> Napi::Value {
    const std::string network_namespace = optionalText(info[0], "namespace");
    UniqueFd fd = portshift::listenAbstract(network_namespace, JsField(info[1], "name").string());
    return Napi::Number::New(env, fd.release());
  });
}

Napi::Value connectAbstract(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return calling(env, [&]() -> Napi::Value {
    const std::string network_namespace = optionalText(info[0], "namespace");
    auto fd = portshift::connectAbstract(network_namespace, JsField(info[1], "name").string());
    return fd ? Napi::Number::New(env, fd->release()) : env.Undefined();
  });
}

Napi::Value abstractListeners(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return calling(env, [&]() -> Napi::Value {
    const std::string network_namespace = optionalText(info[0], "namespace");
    const auto names =
        portshift::abstractListeners(network_namespace, JsField(info[1], "prefix").string());
    auto result = Napi::Array::New(env, names.size());
    for (std::uint32_t index = 0; index < names.size(); ++index) result[index] = names[index];
    return result;
  });
}

}  // namespace

Napi::Object defineHost(Napi::Env env) {
  auto host = Napi::Object::New(env);
  host.Set("namespaceCookie", Napi::Function::New(env, namespaceCookie, "namespaceCookie"));
  host.Set("peerCredentials", Napi::Function::New(env, peerCredentials, "peerCredentials"));
  host.Set("listenAbstract", Napi::Function::New(env, listenAbstract, "listenAbstract"));
  host.Set("connectAbstract", Napi::Function::New(env, connectAbstract, "connectAbstract"));
  host.Set("abstractListeners", Napi::Function::New(env, abstractListeners, "abstractListeners"));
  return host;
}

}  // namespace portshift::addon
