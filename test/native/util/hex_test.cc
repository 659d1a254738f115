#include "util/hex.h"

#include "check.h"

using portshift::Bytes;
using portshift::hexOf;
using portshift::parseHex;

TEST("util/hex", "is bytes as pairs of digits, and back") {
  const Bytes bytes{0x00, 0x0a, 0x9f, 0xff};
  CHECK_EQUAL(hexOf(bytes), std::string("000a9fff"));
  CHECK(parseHex("000a9fff") == bytes);
  CHECK(parseHex("") == Bytes{});
}

TEST("util/hex", "is nothing else") {
  for (const char *text : {"0", "0g", "0A", "00 0", "0x00", "-1"}) CHECK(!parseHex(text));
}
