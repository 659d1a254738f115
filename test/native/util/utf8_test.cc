#include "util/utf8.h"

#include "check.h"

using portshift::isUtf8;

TEST("util/utf8", "takes characters of every length") {
  CHECK(isUtf8(""));
  CHECK(isUtf8("plain"));
  CHECK(isUtf8("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  CHECK(isUtf8("\xf4\x8f\xbf\xbf"));
  CHECK(isUtf8("plain and longer than a word"));
  CHECK(isUtf8("plain and \xe2\x82\xac"));
}

TEST("util/utf8", "refuses what a JavaScript string would not give back") {
  CHECK(!isUtf8("\xff"));
  CHECK(!isUtf8("plain and longer than a word\xff"));
  CHECK(!isUtf8("plain\xff and longer than a word"));
  CHECK(!isUtf8("\x80"));
  CHECK(!isUtf8("cut \xe2\x82"));
  CHECK(!isUtf8("\xc0\xaf"));
  CHECK(!isUtf8("\xe0\x80\xaf"));
  CHECK(!isUtf8("\xed\xa0\x80"));
  CHECK(!isUtf8("\xf4\x90\x80\x80"));
}

TEST("util/utf8", "gives JavaScript bytes that are no UTF-8 as lone surrogates") {
  using portshift::utf16Of;
  CHECK(utf16Of("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80") == u"h\u00e9 \u20ac \U0001f600");
  const char16_t escaped[] = {u'a', 0xdcff, 0xdce2, 0xdc82, 0};
  CHECK(utf16Of("a\xff\xe2\x82") == escaped);
}
