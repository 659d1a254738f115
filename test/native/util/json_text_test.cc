#include "util/json_text.h"

#include "check.h"
#include "util/json.h"
#include "util/json_field.h"

using portshift::appendJsonText;
using portshift::Json;
using portshift::JsonField;

namespace {

std::string written(std::string_view text) {
  std::string json;
  appendJsonText(json, text);
  return json;
}

}  // namespace

TEST("util/json_text", "escapes what a JSON string cannot have, and nothing else") {
  CHECK_EQUAL(written("web/1"), R"("web/1")");
  CHECK_EQUAL(written("a\"b\\c"), R"("a\"b\\c")");
  CHECK_EQUAL(written("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  CHECK_EQUAL(written(std::string_view("\x00\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  CHECK_EQUAL(written("\xc3\xa4"), "\"\xc3\xa4\"");
  CHECK_EQUAL(written("a\xff\xc3\xa4\xe2\x82"), "\"a\\udcff\xc3\xa4\\udce2\\udc82\"");
}

TEST("util/json_text", "writes what is read back as it was") {
  for (int first = 0; first < 256; ++first) {
    const std::string text{static_cast<char>(first), 'x', static_cast<char>(255 - first)};
    const std::string json = written(text);
    const Json parsed(json);
    CHECK_EQUAL(JsonField(parsed, "text").string(), text);
  }
}
