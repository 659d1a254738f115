#pragma once

#include <napi.h>

#include <string_view>

namespace portshift::addon {

/** A JavaScript object that is built property by property. */
class ItemWriter {
 public:
  explicit ItemWriter(Napi::Env env) : object_(Napi::Object::New(env)) {}
  ItemWriter(Napi::Env env, const char *item) : ItemWriter(env) { text("item", item); }

  ItemWriter& text(const char *key, std::string_view value) {
    object_.Set(key, Napi::String::New(object_.Env(), value.data(), value.size()));
    return *this;
  }
  ItemWriter& number(const char *key, double value) {
    object_.Set(key, Napi::Number::New(object_.Env(), value));
    return *this;
  }
  ItemWriter& boolean(const char *key, bool value) {
    object_.Set(key, Napi::Boolean::New(object_.Env(), value));
    return *this;
  }
  ItemWriter& value(const char *key, const Napi::Value& value) {
    object_.Set(key, value);
    return *this;
  }

  Napi::Object object() const { return object_; }

 private:
  Napi::Object object_;
};

}  // namespace portshift::addon
