#include "util/json_field.h"

#include <utility>

#include "util/hex.h"

namespace portshift {

JsonField JsonField::property(std::string_view name) const& {
  if (!is(Json::Kind::kObject)) fail("an object");
  const std::size_t end = json_.at(index_).end;
  for (std::size_t at = index_ + 1; at < end; at = json_.at(at + 1).end) {
    if (json_.at(at).text == name) return {*this, name, at + 1};
  }
  return {*this, name, kAbsent};
}

std::string_view JsonField::string() const {
  if (!is(Json::Kind::kString)) fail("a string");
  return json_.at(index_).text;
}

std::uint32_t JsonField::integer(std::uint32_t smallest, std::uint32_t greatest) const {
  if (isNumber()) {
    const auto natural = json_.at(index_).natural;
    if (natural && *natural >= smallest && *natural <= greatest) {
      return static_cast<std::uint32_t>(*natural);
    }
  }
  fail("an integer from " + std::to_string(smallest) + " to " + std::to_string(greatest));
}

std::uint16_t JsonField::port() const {
  return static_cast<std::uint16_t>(integer(0, std::numeric_limits<std::uint16_t>::max()));
}

bool JsonField::boolean() const {
  if (is(Json::Kind::kTrue)) return true;
  if (is(Json::Kind::kFalse)) return false;
  fail("true or false");
}

Bytes JsonField::bytes() const {
  if (is(Json::Kind::kString)) {
    if (auto bytes = parseHex(json_.at(index_).text)) return std::move(*bytes);
  }
  fail("bytes as pairs of hexadecimal digits");
}

void JsonField::fail(const std::string& expected) const {
  throw InvalidJson(path() + ": expected " + expected);
}

std::string JsonField::path() const {
  if (parent_ == nullptr) return std::string(name_);
  if (name_.empty()) return parent_->path() + "[" + std::to_string(number_) + "]";
  return parent_->path().append(".").append(name_);
}

}  // namespace portshift
