#include "common/json_text.h"

#include <algorithm>

#include "common/bytes.h"
#include "common/hex.h"

namespace portshift {

namespace {

constexpr unsigned char kFirstPrintable = 0x20;

/** Nothing for what stands for itself. */
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

}  // namespace

void appendJsonText(std::string& json, std::string_view text) {
  json += '"';
  auto rest = text.begin();
  for (;;) {
    const auto special = std::find_if_not(rest, text.end(), standsForItself);
    json.append(rest, special);
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
