#pragma once

#include <napi.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace portshift::addon {

/**
 * A JavaScript value together with where it came from, so that what is wrong with it can be said by
 * name: "operations[3].rule.target.port: expected an integer from 0 to 65535". A field refers to
 * the one it was taken from.
 */
class JsField {
 public:
  JsField(Napi::Value value, std::string_view name) : value_(value), name_(name) {}

  JsField property(const char *name) const& { return {object().Get(name), name, this}; }
  JsField property(const char *name) const&& = delete;
  JsField element(std::uint32_t index) const&;
  JsField element(std::uint32_t index) const&& = delete;

  bool isAbsent() const { return value_.IsUndefined(); }
  Napi::Env env() const { return value_.Env(); }

  /** These throw a Napi::TypeError where the value is something else. */
  Napi::Object object() const;
  std::uint32_t arrayLength() const;
  std::string string() const;
  /** Those of a Uint8Array. */
  std::string bytes() const;
  std::uint16_t port() const;
  std::uint32_t integer(std::uint32_t smallest = 0,
                        std::uint32_t greatest = std::numeric_limits<std::uint32_t>::max()) const;
  /** The same for what 32 bits without a sign cannot hold; within what a double can count. */
  std::int64_t signedInteger(std::int64_t smallest, std::int64_t greatest) const;
  bool boolean() const;

  /** False for an absent one. */
  bool optionalBoolean() const { return !isAbsent() && boolean(); }

  [[noreturn]] void fail(const std::string& expected) const;

 private:
  JsField(Napi::Value value, const char *name, const JsField *parent)
      : value_(value), name_(name), parent_(parent) {}

  std::string path() const;

  Napi::Value value_;
  std::string_view name_;
  const JsField *parent_ = nullptr;
  std::uint32_t index_ = 0;
};

/** The property as a string; empty where it is absent. */
std::string readOptionalString(const JsField& options, const char *name);

}  // namespace portshift::addon
