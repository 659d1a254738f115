#include "xt/utf8.h"

#include "check.h"

using portshift::xt::isUtf8;

TEST("xt/utf8", "takes characters of every length") {
  CHECK(isUtf8(""));
  CHECK(isUtf8("plain"));
  CHECK(isUtf8("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  CHECK(isUtf8("\xf4\x8f\xbf\xbf"));
}

TEST("xt/utf8", "refuses what a JavaScript string would not give back") {
  CHECK(!isUtf8("\xff"));
  CHECK(!isUtf8("\x80"));
  CHECK(!isUtf8("cut \xe2\x82"));
  CHECK(!isUtf8("\xc0\xaf"));
  CHECK(!isUtf8("\xe0\x80\xaf"));
  CHECK(!isUtf8("\xed\xa0\x80"));
  CHECK(!isUtf8("\xf4\x90\x80\x80"));
}
