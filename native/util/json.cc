#include "util/json.h"

#include <algorithm>

#include "util/utf8.h"

namespace portshift {

namespace {

constexpr std::size_t kExactDigits = 15;
constexpr std::uint32_t kReplacement = 0xfffd;

bool isDigit(char character) {
  return character >= '0' && character <= '9';
}

bool isHighSurrogate(std::uint32_t unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}

bool isLowSurrogate(std::uint32_t unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

void appendUtf8(std::string& text, std::uint32_t point) {
  const auto push = [&text](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto rest = [&](unsigned int shift) { push(0x80U | ((point >> shift) & 0x3fU)); };
  if (point < 0x80) return push(point);
  if (point < 0x800) {
    push(0xc0U | (point >> 6U));
  } else {
    if (point < 0x10000) {
      push(0xe0U | (point >> 12U));
    } else {
      push(0xf0U | (point >> 18U));
      rest(12);
    }
    rest(6);
  }
  rest(0);
}

/** Returns true for a lone surrogate that stands for a byte, see common/utf8.h. */
bool isByte(std::uint32_t unit) {
  return unit >= kByteEscape + 0x80 && unit <= kByteEscape + 0xff;
}

void appendPoint(std::string& text, std::uint32_t point) {
  if (!isByte(point)) return appendUtf8(text, point);
  text.push_back(static_cast<char>(point - kByteEscape));
}

}  // namespace

class JsonParser {
 public:
  JsonParser(Json& json, std::string_view text) : json_(json), text_(text) {}

  void parse() {
    value(0);
    skipSpace();
    if (position_ != text_.size()) fail("nothing after it");
  }

 private:
  using Kind = Json::Kind;

  void value(std::size_t depth) {
    skipSpace();
    switch (peek()) {
      case '{':
        return container(Kind::kObject, '}', depth);
      case '[':
        return container(Kind::kArray, ']', depth);
      case '"':
        return string();
      case 't':
        return word("true", Kind::kTrue);
      case 'f':
        return word("false", Kind::kFalse);
      case 'n':
        return word("null", Kind::kNull);
      default:
        return number();
    }
  }

  void container(Kind kind, char close, std::size_t depth) {
    if (depth == Json::kDeepest) fail("values that do not lie this deep");
    const std::size_t index = begin(kind);
    ++position_;
    skipSpace();
    if (!take(close)) {
      do {
        if (kind == Kind::kObject) name();
        value(depth + 1);
        skipSpace();
      } while (take(','));
      if (!take(close)) fail("a comma, or the end of an array or object");
    }
    json_.values_[index].end = json_.values_.size();
  }

  void name() {
    skipSpace();
    if (peek() != '"') fail("a name");
    string();
    skipSpace();
    if (!take(':')) fail("a colon");
  }

  void word(std::string_view word, Kind kind) {
    if (text_.substr(position_, word.size()) != word) fail("a value");
    position_ += word.size();
    begin(kind);
  }

  void number() {
    const std::size_t start = position_;
    take('-');
    const std::size_t first = position_;
    std::uint64_t natural = digits();
    if (text_[first] == '0' && position_ - first > 1) fail("a number without a leading zero");
    const std::size_t whole = position_;
    if (take('.')) digits();
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      digits();
    }
    const std::size_t index = begin(Kind::kNumber);
    const bool is_natural = first == start && whole == position_ && whole - first <= kExactDigits;
    if (is_natural) json_.values_[index].natural = natural;
  }

  /** Reads one or more digits. Their value is only meaningful for up to kExactDigits of them. */
  std::uint64_t digits() {
    if (!isDigit(peek())) fail("a value");
    std::uint64_t value = 0;
    for (; isDigit(peek()); ++position_) {
      value = value * 10 + static_cast<std::uint64_t>(text_[position_] - '0');
    }
    return value;
  }

  void string() {
    const std::size_t start = ++position_;
    skipPlain();
    const std::string_view plain = text_.substr(start, position_ - start);
    const std::size_t index = begin(Kind::kString);
    if (take('"')) {
      json_.values_[index].text = plain;
      return;
    }
    std::string& text = json_.unescaped_.emplace_back(plain);
    while (!take('"')) {
      escape(text);
      const std::size_t next = position_;
      skipPlain();
      text.append(text_.substr(next, position_ - next));
    }
    json_.values_[index].text = text;
  }

  void skipPlain() {
    const char *const begin = text_.data();
    const char *const end = begin + text_.size();
    const char *at = begin + position_;
    while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
    position_ = static_cast<std::size_t>(at - begin);
    if (at != end && static_cast<unsigned char>(*at) < 0x20) fail("no control character");
    if (position_ == text_.size()) fail("the end of a string");
  }

  void escape(std::string& text) {
    constexpr std::string_view kMarks = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    ++position_;
    if (take('u')) return appendPoint(text, codePoint());
    const std::size_t mark =
        position_ < text_.size() ? kMarks.find(text_[position_]) : std::string_view::npos;
    if (mark == std::string_view::npos) fail("an escape");
    ++position_;
    text.push_back(kMeanings[mark]);
  }

  std::uint32_t codePoint() {
    const std::uint32_t unit = codeUnit();
    if (isLowSurrogate(unit)) return isByte(unit) ? unit : kReplacement;
    if (!isHighSurrogate(unit)) return unit;
    if (text_.substr(position_, 2) != "\\u") return kReplacement;
    const std::size_t after = position_;
    position_ += 2;
    const std::uint32_t low = codeUnit();
    if (isLowSurrogate(low)) return 0x10000 + ((unit - 0xd800) << 10U) + (low - 0xdc00);
    position_ = after;
    return kReplacement;
  }

  std::uint32_t codeUnit() {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++position_) {
      const char digit = peek();
      const bool is_upper = digit >= 'A' && digit <= 'F';
      const auto value = kDigits.find(is_upper ? static_cast<char>(digit - 'A' + 'a') : digit);
      if (value == std::string_view::npos) fail("four hexadecimal digits");
      unit = unit << 4U | static_cast<std::uint32_t>(value);
    }
    return unit;
  }

  std::size_t begin(Kind kind) {
    const std::size_t index = json_.values_.size();
    json_.values_.push_back({kind, index + 1, {}, {}});
    return index;
  }

  /** Returns the next character, or at the end NUL, with which no value begins. */
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  bool take(char character) {
    if (position_ == text_.size() || text_[position_] != character) return false;
    ++position_;
    return true;
  }

  void skipSpace() {
    if (position_ < text_.size() && text_[position_] > ' ') return;
    position_ = std::min(text_.find_first_not_of(" \t\n\r", position_), text_.size());
  }

  [[noreturn]] void fail(const char *expected) const {
    throw InvalidJson("not JSON: expected " + std::string(expected) + " at character " +
                      std::to_string(position_));
  }

  Json& json_;
  std::string_view text_;
  std::size_t position_ = 0;
};

Json::Json(std::string_view text) {
  // An estimate of the number of values in the operations of a change.
  values_.reserve(text.size() / 8 + 1);
  JsonParser(*this, text).parse();
}

}  // namespace portshift
