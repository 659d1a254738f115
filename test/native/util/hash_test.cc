#include "util/hash.h"

#include <set>

#include "check.h"

using portshift::Bytes;
using portshift::Hash;
using portshift::toHex;

TEST("util/hash", "is the same for the same input and differs where the pieces differ") {
  const auto of = [](std::string_view a, std::string_view b) {
    return Hash().add(a).add(b).value();
  };
  CHECK_EQUAL(of("ab", "c"), of("ab", "c"));
  CHECK(of("ab", "c") != of("a", "bc"));
  CHECK(of("", "abc") != of("abc", ""));
  CHECK(Hash().add("").value() != Hash().value());
}

TEST("util/hash", "tells every single changed bit of an entry apart") {
  Bytes bytes(300, 0);
  std::set<std::uint64_t> seen{Hash().add(bytes).value()};
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    seen.insert(Hash().add(bytes).value());
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
  CHECK_EQUAL(seen.size(), bytes.size() * 8 + 1);
}

TEST("util/hash", "prints sixteen digits") {
  CHECK_EQUAL(toHex(0), "0000000000000000");
  CHECK_EQUAL(toHex(0x0123456789abcdef), "0123456789abcdef");
}
