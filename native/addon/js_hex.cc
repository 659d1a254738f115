#include "addon/js_hex.h"

#include <string>

namespace portshift::addon {

namespace {

constexpr char kDigits[] = "0123456789abcdef";
/** The longest key of a set, twice. */
constexpr std::size_t kLongest = 128;

int digitValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

}  // namespace

Bytes readHex(const JsField& field) {
  const std::string text = field.string();
  if (text.size() % 2 != 0 || text.size() > 2 * kLongest)
    field.fail("up to 128 bytes as hexadecimal digits");
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digitValue(text[i]);
    const int low = digitValue(text[i + 1]);
    if (high < 0 || low < 0) field.fail("lower-case hexadecimal digits");
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

Bytes readOptionalHex(const JsField& field) {
  return field.isAbsent() ? Bytes() : readHex(field);
}

Napi::String writeHex(Napi::Env env, ByteView bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return Napi::String::New(env, text);
}

}  // namespace portshift::addon
