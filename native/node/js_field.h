#pragma once

#include <napi.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace portshift::addon {

/**
 * A JavaScript value together with its path, so that an error message can name it:
 * "operations[3].rule.target.port: expected an integer from 0 to 65535". A field refers to its
 * parent field, which must outlive it.
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

  /** These throw a Napi::TypeError if the value has another type. */
  Napi::Object object() const;
  std::uint32_t arrayLength() const;
  std::string string() const;
  /** Returns the bytes of a Uint8Array. */
  std::string bytes() const;
  std::uint16_t port() const;
  std::uint32_t integer(std::uint32_t smallest = 0,
                        std::uint32_t greatest = std::numeric_limits<std::uint32_t>::max()) const;
  /** Reads an integer that 32 unsigned bits cannot hold. Both limits must be exact as a double. */
  std::int64_t signedInteger(std::int64_t smallest, std::int64_t greatest) const;
  bool boolean() const;

  /** Returns false if the field is absent. */
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

/** Returns the property as a string, or an empty string if it is absent. */
std::string readOptionalString(const JsField& options, const char *name);

}  // namespace portshift::addon
