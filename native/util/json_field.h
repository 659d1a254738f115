#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "util/bytes.h"
#include "util/json.h"

namespace portshift {

/**
 * A value of a JSON text together with its path, so that an error message can name it:
 * "operations[3].rule.target.port: expected an integer from 0 to 65535". A field refers to its
 * parent field, which must outlive it.
 */
class JsonField {
 public:
  /** Makes the field of the whole text, under the given name. */
  JsonField(const Json& json, std::string_view name) : json_(json), name_(name) {}

  /** Returns a property of an object. The field is absent if the object lacks that property. */
  JsonField property(std::string_view name) const&;
  JsonField property(std::string_view name) const&& = delete;

  /** Calls `visit(const JsonField&)` for every element. */
  template <class Visit>
  void forEachElement(Visit&& visit) const;

  bool isAbsent() const { return index_ == kAbsent; }
  bool isNumber() const { return is(Json::Kind::kNumber); }

  /** These throw an InvalidJson if the value has another type. */
  std::string_view string() const;
  std::uint16_t port() const;
  std::uint32_t integer(std::uint32_t smallest = 0,
                        std::uint32_t greatest = std::numeric_limits<std::uint32_t>::max()) const;
  bool boolean() const;
  /** Decodes pairs of lower-case hexadecimal digits. */
  Bytes bytes() const;

  /** Returns false if the field is absent. */
  bool optionalBoolean() const { return !isAbsent() && boolean(); }

  [[noreturn]] void fail(const std::string& expected) const;

 private:
  static constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

  JsonField(const JsonField& parent, std::string_view name, std::size_t index)
      : json_(parent.json_), name_(name), index_(index), parent_(&parent) {}

  bool is(Json::Kind kind) const { return !isAbsent() && json_.at(index_).kind == kind; }
  std::string path() const;

  const Json& json_;
  std::string_view name_;
  std::size_t index_ = 0;
  const JsonField *parent_ = nullptr;
  std::size_t number_ = 0;
};

template <class Visit>
void JsonField::forEachElement(Visit&& visit) const {
  if (!is(Json::Kind::kArray)) fail("an array");
  std::size_t number = 0;
  for (std::size_t at = index_ + 1; at < json_.at(index_).end; at = json_.at(at).end) {
    JsonField element(*this, "", at);
    element.number_ = number++;
    visit(static_cast<const JsonField&>(element));
  }
}

}  // namespace portshift
