#include "node/js_field.h"

namespace portshift::addon {

JsField JsField::element(std::uint32_t index) const& {
  JsField field(value_.As<Napi::Array>().Get(index), "", this);
  field.index_ = index;
  return field;
}

Napi::Object JsField::object() const {
  if (!value_.IsObject()) fail("an object");
  return value_.As<Napi::Object>();
}

std::uint32_t JsField::arrayLength() const {
  if (!value_.IsArray()) fail("an array");
  return value_.As<Napi::Array>().Length();
}

std::string JsField::string() const {
  if (!value_.IsString()) fail("a string");
  return value_.As<Napi::String>().Utf8Value();
}

std::string JsField::bytes() const {
  const bool is_array =
      value_.IsTypedArray() && value_.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!is_array) fail("a Uint8Array");
  const auto array = value_.As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ElementLength()};
}

std::uint32_t JsField::integer(std::uint32_t smallest, std::uint32_t greatest) const {
  return static_cast<std::uint32_t>(signedInteger(smallest, greatest));
}

std::uint16_t JsField::port() const {
  return static_cast<std::uint16_t>(integer(0, std::numeric_limits<std::uint16_t>::max()));
}

std::int64_t JsField::signedInteger(std::int64_t smallest, std::int64_t greatest) const {
  if (value_.IsNumber()) {
    const double number = value_.As<Napi::Number>().DoubleValue();
    if (number >= static_cast<double>(smallest) && number <= static_cast<double>(greatest)) {
      const auto integer = static_cast<std::int64_t>(number);
      if (static_cast<double>(integer) == number) return integer;
    }
  }
  fail("an integer from " + std::to_string(smallest) + " to " + std::to_string(greatest));
}

bool JsField::boolean() const {
  if (!value_.IsBoolean()) fail("true or false");
  return value_.As<Napi::Boolean>().Value();
}

void JsField::fail(const std::string& expected) const {
  throw Napi::TypeError::New(value_.Env(), path() + ": expected " + expected);
}

std::string JsField::path() const {
  if (parent_ == nullptr) return std::string(name_);
  if (name_.empty()) return parent_->path() + "[" + std::to_string(index_) + "]";
  return parent_->path().append(".").append(name_);
}

std::string readOptionalString(const JsField& options, const char *name) {
  const JsField field = options.property(name);
  return field.isAbsent() ? std::string() : field.string();
}

}  // namespace portshift::addon
