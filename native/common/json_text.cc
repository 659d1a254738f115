#include "common/json_text.h"

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

}  // namespace

void appendJsonText(std::string& json, std::string_view text) {
  json += '"';
  for (const char character : text) {
    if (const char escape = shortEscape(character); escape != '\0') {
      json += '\\';
      json += escape;
    } else if (static_cast<unsigned char>(character) < kFirstPrintable) {
      json += "\\u00";
      json += hexOf(ByteView(&character, 1));
    } else {
      json += character;
    }
  }
  json += '"';
}

}  // namespace portshift
