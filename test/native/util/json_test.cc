#include "util/json.h"

#include <string>

#include "check.h"
#include "util/json_field.h"

using portshift::Bytes;
using portshift::InvalidJson;
using portshift::Json;
using portshift::JsonField;

namespace {

std::string stringOf(const char *text) {
  const Json json(text);
  return std::string(JsonField(json, "value").string());
}

/** What is said about the value of "a" in "b" where it should be a port. */
std::string complaintAbout(const std::string& value) {
  const std::string text = R"([{"b": {"a": )" + value + "}}]";
  const Json json(text);
  std::string complaint;
  JsonField(json, "all").forEachElement([&complaint](const JsonField& element) {
    const JsonField outer = element.property("b");
    try {
      outer.property("a").port();
    } catch (const InvalidJson& invalid) {
      complaint = invalid.what();
    }
  });
  return complaint;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST("util/json", "has every value of a text, in order") {
  const Json json(" {\"a\": [1, true, false, null, \"x\", {}], \"b\":\t65535 }\r\n");
  const JsonField all(json, "all");
  CHECK_EQUAL(all.property("b").port(), 65535);
  CHECK(all.property("c").isAbsent());
  const JsonField list = all.property("a");
  std::string kinds;
  list.forEachElement([&kinds](const JsonField& element) {
    kinds += element.isNumber() ? std::to_string(element.integer()) : "-";
  });
  CHECK_EQUAL(kinds, std::string("1-----"));
  CHECK_EQUAL(json.at(0).end, std::size_t{11});
}

TEST("util/json", "reads strings as JavaScript writes them") {
  CHECK_EQUAL(stringOf(R"("plain")"), std::string("plain"));
  CHECK_EQUAL(stringOf(R"("a\"\\\/\b\f\n\r\tz")"), std::string("a\"\\/\b\f\n\r\tz"));
  CHECK_EQUAL(stringOf(R"("\u0000x")"), std::string("\0x", 2));
  CHECK_EQUAL(stringOf(R"("\u00e9\u20AC\ud83d\ude00")"), std::string("é€😀"));
  CHECK_EQUAL(stringOf(R"("\ud83d!\ude00\ud83d\u0041")"), std::string("\uFFFD!\uFFFD\uFFFDA"));
}

TEST("util/json", "keeps strings apart, however many have escapes") {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "\"\\t" + std::to_string(i) + "\",";
  text += "\"\"]";
  const Json json(text);
  int count = 0;
  JsonField(json, "all").forEachElement([&count](const JsonField& element) {
    if (count < 1000) CHECK_EQUAL(std::string(element.string()), "\t" + std::to_string(count));
    ++count;
  });
  CHECK_EQUAL(count, 1001);
}

TEST("util/json", "is nothing else") {
  for (const char *text :
       {"",        " ",         "nul",         "tru",        "[1",    "[1,]", "[,1]", "[1 2]",
        "{\"a\"}", "{\"a\":}",  "{a:1}",       "{\"a\":1,}", "{1:1}", "[]]",  "1 2",  "01",
        "-",       "1.",        "1e",          "1e+",        ".5",    "+1",   "\"",   "\"\\",
        R"("\x")", R"("\u12")", R"("\u12g4")", "\"\n\"",     "'a'",   "[1}",  "NaN"}) {
    CHECK_THROWS(InvalidJson, Json(std::string_view(text)));
  }
  CHECK_THROWS(InvalidJson, Json(std::string_view("1\0", 2)));
  CHECK_EQUAL(Json(nested(Json::kDeepest)).at(0).end, Json::kDeepest);
  CHECK_THROWS(InvalidJson, Json(nested(Json::kDeepest + 1)));
}

TEST("util/json", "says what a value should be, and which one it is") {
  CHECK_EQUAL(complaintAbout("65535"), std::string());
  for (const char *value : {"65536", "-1", "80.5", "8e1", "1e999", "\"80\"", "null", "[80]",
                            "18446744073709551696", "99999999999999999999999999999999999"}) {
    CHECK_EQUAL(complaintAbout(value),
                std::string("all[0].b.a: expected an integer from 0 to 65535"));
  }
}

TEST("util/json", "has bytes as hexadecimal digits") {
  const Json json(R"(["00ff", "0g", 0])");
  std::string kinds;
  JsonField(json, "all").forEachElement([&kinds](const JsonField& element) {
    try {
      kinds += element.bytes() == Bytes{0x00, 0xff} ? "bytes " : "other ";
    } catch (const InvalidJson&) {
      kinds += "none ";
    }
  });
  CHECK_EQUAL(kinds, std::string("bytes none none "));
}
