#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace portshift {

/** An error for text that is not JSON, or for JSON of an unexpected shape. */
class InvalidJson : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/**
 * A JSON text (RFC 8259), parsed into values in the order in which they begin: an object is
 * followed by its names and their values in turn, an array by its elements. Only natural numbers
 * keep their value. A lone surrogate that does not stand for a byte (see common/utf8.h) becomes
 * U+FFFD, as in the conversion of JavaScript strings to UTF-8.
 */
class Json {
 public:
  enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  struct Value {
    Kind kind = Kind::kNull;
    /** The index of the first value after this one and all it contains. */
    std::size_t end = 0;
    /** The content of a string. */
    std::string_view text;
    /** The value of a number that is written with up to fifteen digits and nothing else. */
    std::optional<std::uint64_t> natural;
  };

  /** The deepest nesting of arrays and objects; deeper ones are refused. */
  static constexpr std::size_t kDeepest = 16;

  /** Parses `text`, which must outlive this object. Throws an InvalidJson. */
  explicit Json(std::string_view text);
  Json(const Json&) = delete;
  Json& operator=(const Json&) = delete;
  ~Json() = default;

  /** Returns a value by its index; index 0 is the whole text. */
  const Value& at(std::size_t index) const { return values_[index]; }

 private:
  friend class JsonParser;

  std::vector<Value> values_;
  // The content of strings that were written with escapes.
  std::deque<std::string> unescaped_;
};

}  // namespace portshift
