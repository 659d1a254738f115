#include "node/element_lines.h"

#include <linux/netfilter/nf_tables.h>

#include <utility>
#include <vector>

#include "nftables/user_data.h"
#include "util/hex.h"

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
  /** The longest key or data of an element, in hexadecimal digits. */
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

  [[noreturn]] void fail(const char *expected) const { throw InvalidLine(index_, expected); }

  std::size_t index_;
  std::string_view rest_;
};

/** The operations that the lines describe. */
class ElementLines {
 public:
  void take(std::string_view line) {
    const bool begins = !line.empty() && (line.front() == '+' || line.front() == '-');
    if (begins) {
      begin(line.front() == '+', line.substr(1));
    } else {
      add(ElementLine(lines_, line).parse());
    }
    ++lines_;
  }

  [[noreturn]] void fail(const char *expected) const { throw InvalidLine(lines_, expected); }

  std::vector<nft::Operation> operations() && { return std::move(operations_); }

 private:
  void begin(bool adds, std::string_view set) {
    if (set.empty() || set.size() >= NFT_NAME_MAXLEN) fail("a set's name of 1 to 255 bytes");
    if (adds) {
      operations_.emplace_back(nft::NewElements{std::string(set), {}});
    } else {
      operations_.emplace_back(nft::DeleteElements{std::string(set), {}});
    }
  }

  void add(nft::Element element) {
    if (operations_.empty()) fail("the name of a set first");
    if (auto *added = std::get_if<nft::NewElements>(&operations_.back())) {
      added->elements.push_back(std::move(element));
    } else {
      std::get<nft::DeleteElements>(operations_.back()).elements.push_back(std::move(element));
    }
  }

  std::size_t lines_ = 0;
  std::vector<nft::Operation> operations_;
};

}  // namespace

void addElements(nft::Batch& batch, std::string_view text) {
  ElementLines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos) lines.fail("a zero byte at its end");
    lines.take(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  for (const nft::Operation& operation : std::move(lines).operations()) batch.add(operation);
}

}  // namespace portshift::addon
