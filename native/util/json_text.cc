#include "util/json_text.h"

#include <algorithm>

#include "util/bytes.h"
#include "util/hex.h"
#include "util/utf8.h"

namespace portshift {

namespace {

constexpr unsigned char kFirstPrintable = 0x20;

/** Returns the character of a two-character escape, or NUL if there is none. */
char shortEscape(char character) {
  switch (character) {
    case '"':
    case '\\':
      return character;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

bool standsForItself(char character) {
  return static_cast<unsigned char>(character) >= kFirstPrintable && character != '"' &&
         character != '\\';
}

/**
 * Appends text that needs no escapes. Bytes that are not UTF-8 become lone surrogates, see
 * common/utf8.h.
 */
void appendPlain(std::string& json, std::string_view text) {
  if (isUtf8(text)) {
    json.append(text);
    return;
  }
  while (!text.empty()) {
    const std::size_t length = characterLength(text);
    if (length == 0) json.append("\\udc").append(hexOf(ByteView(text.data(), 1)));
    json.append(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
}

}  // namespace

void appendJsonText(std::string& json, std::string_view text) {
  json += '"';
  auto rest = text.begin();
  for (;;) {
    const auto special = std::find_if_not(rest, text.end(), standsForItself);
    appendPlain(json, text.substr(rest - text.begin(), special - rest));
    if (special == text.end()) break;
    if (const char escape = shortEscape(*special); escape != '\0') {
      json += '\\';
      json += escape;
    } else {
      json += "\\u00";
      json += hexOf(ByteView(&*special, 1));
    }
    rest = special + 1;
  }
  json += '"';
}

}  // namespace portshift
