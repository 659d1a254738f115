#include "node/js_hex.h"

#include <string>
#include <utility>

#include "util/hex.h"

namespace portshift::addon {

namespace {

/** The most bytes that a field may have: twice the longest key of a set. */
constexpr std::size_t kLongest = 128;

}  // namespace

Bytes readHex(const JsField& field) {
  const std::string text = field.string();
  if (text.size() > 2 * kLongest) field.fail("up to 128 bytes as hexadecimal digits");
  auto bytes = parseHex(text);
  if (!bytes) field.fail("pairs of hexadecimal digits in lower case");
  return std::move(*bytes);
}

Bytes readOptionalHex(const JsField& field) {
  return field.isAbsent() ? Bytes() : readHex(field);
}

Napi::String writeHex(Napi::Env env, ByteView bytes) {
  return Napi::String::New(env, hexOf(bytes));
}

}  // namespace portshift::addon
