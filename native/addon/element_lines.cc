#include "addon/element_lines.h"

#include <utility>

#include "common/hex.h"
#include "nft/user_data.h"

namespace portshift::addon {

namespace {

class ElementLine {
 public:
  ElementLine(std::size_t index, std::string_view line) : index_(index), rest_(line) {}

  nft::Element parse() {
    nft::Element element;
    element.key = hex();
    if (skip('-')) element.key_end = hex();
    element.ends_range = skip('!');
    element.is_open_ended = skip('+');
    if (skip('=')) element.data = hex();
    if (skip(' ')) {
      if (rest_.size() > nft::kLongestComment) fail("a comment of at most 128 bytes");
      element.comment = std::exchange(rest_, {});
    }
    if (!rest_.empty() || element.key.empty()) fail("hexadecimal digits in lower case");
    return element;
  }

 private:
  /** The longest value of a set's key or data, in digits. */
  static constexpr std::size_t kLongest = 256;

  bool skip(char mark) {
    if (rest_.empty() || rest_.front() != mark) return false;
    rest_.remove_prefix(1);
    return true;
  }

  Bytes hex() {
    const std::string_view digits = rest_.substr(0, rest_.find_first_of("-!+= "));
    if (digits.size() > kLongest) fail("up to 128 bytes as hexadecimal digits");
    auto bytes = parseHex(digits);
    if (!bytes) fail("pairs of hexadecimal digits in lower case");
    rest_.remove_prefix(digits.size());
    return std::move(*bytes);
  }

  [[noreturn]] void fail(const char *expected) const { throw InvalidElement(index_, expected); }

  std::size_t index_;
  std::string_view rest_;
};

}  // namespace

std::vector<nft::Element> parseElements(std::string_view text) {
  std::vector<nft::Element> elements;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos)
      throw InvalidElement(elements.size(), "a zero byte at its end");
    elements.push_back(ElementLine(elements.size(), text.substr(0, end)).parse());
    text.remove_prefix(end + 1);
  }
  return elements;
}

}  // namespace portshift::addon
