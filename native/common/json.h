#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace portshift {

/** A text that is no JSON, or JSON that is not what it should be. */
class InvalidJson : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/**
 * A JSON text (RFC 8259) as values in the order in which they begin: an object is followed by its
 * names and their values in turn, an array by its elements. Numbers are kept where they are natural
 * ones; half of a surrogate pair becomes U+FFFD, as where JavaScript strings become UTF-8.
 */
class Json {
 public:
  enum class Kind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  struct Value {
    Kind kind = Kind::kNull;
    /** Where what comes after it begins. */
    std::size_t end = 0;
    /** Of a string. */
    std::string_view text;
    /** Of a number that is written with up to fifteen digits and nothing else. */
    std::optional<std::uint64_t> natural;
  };

  /** More arrays and objects than this inside each other are refused. */
  static constexpr std::size_t kDeepest = 16;

  /** Refers to `text`. Throws an InvalidJson. */
  explicit Json(std::string_view text);
  Json(const Json&) = delete;
  Json& operator=(const Json&) = delete;
  ~Json() = default;

  /** The first is the whole. */
  const Value& at(std::size_t index) const { return values_[index]; }

 private:
  friend class JsonParser;

  std::vector<Value> values_;
  // Strings that were written with escapes.
  std::deque<std::string> unescaped_;
};

}  // namespace portshift
