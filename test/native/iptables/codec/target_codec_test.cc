#include "iptables/codec/target_codec.h"

#include "check.h"
#include "iptables/codec/invalid_rule.h"

using namespace portshift::xt;
using portshift::Family;

namespace {

constexpr Family kFamilies[] = {Family::kIpv4, Family::kIpv6};

template <class T>
T reread(Family family, const T& target, bool go_to = false) {
  const Target decoded = decodeTarget(family, encodeTarget(family, target), go_to);
  CHECK(std::holds_alternative<T>(decoded));
  return std::holds_alternative<T>(decoded) ? std::get<T>(decoded) : T{};
}

}  // namespace

TEST("iptables/codec/target_codec", "reads back what it writes, for both families") {
  for (const Family family : kFamilies) {
    CHECK_EQUAL(reread(family, RedirectTarget{8443}).port, 8443);
    CHECK_EQUAL(reread(family, MarkTarget{0x1000, 0x1000}).value, 0x1000U);
    CHECK(reread(family, RejectTarget{RejectTarget::With::kTcpReset}).with ==
          RejectTarget::With::kTcpReset);
    CHECK(reread(family, RejectTarget{RejectTarget::With::kPortUnreachable}).with ==
          RejectTarget::With::kPortUnreachable);
    CHECK(reread(family, Verdict::kReturn) == Verdict::kReturn);
    CHECK_EQUAL(reread(family, JumpTarget{"portshift", true}, true).chain, "portshift");
    CHECK(!reread(family, DnatTarget{std::nullopt, 8443}).address);
    Address address{};
    for (std::size_t i = 0; i < addressSize(family); ++i) address[i] = 0x11;
    CHECK(reread(family, DnatTarget{address, 8443}).address == address);
    reread(family, NoTarget{});
  }
}

TEST("iptables/codec/target_codec", "a chain may be called as a module's target is") {
  // The data of REJECT with icmp-net-unreachable is all zero, as that of a jump to a chain of this
  // name.
  const Target module = decodeTarget(Family::kIpv4, {"REJECT", 0, portshift::Bytes(8)}, false);
  CHECK(std::holds_alternative<Extension>(module));
  CHECK_EQUAL(reread(Family::kIpv4, JumpTarget{"REJECT", false}).chain, "REJECT");
}

TEST("iptables/codec/target_codec", "whatever it has no field for stays unknown") {
  for (const Family family : kFamilies) {
    // Neither of the two answers that there is a field for, nor one that the kernel knows.
    const portshift::Bytes answer{0, 3, 0, 0, 0, 0, 0, 0};
    CHECK(std::holds_alternative<Extension>(decodeTarget(family, {"REJECT", 0, answer}, false)));
    for (const Target& target : {Target{RedirectTarget{1}}, Target{DnatTarget{std::nullopt, 1}}}) {
      Extension extension = encodeTarget(family, target);
      for (auto& byte : extension.data) byte ^= 4;
      CHECK(std::holds_alternative<Extension>(decodeTarget(family, extension, false)));
    }
    Extension mark = encodeTarget(family, MarkTarget{1, 1});
    mark.revision = 1;
    CHECK(std::holds_alternative<Extension>(decodeTarget(family, mark, false)));
  }
}

TEST("iptables/codec/target_codec", "refuses what is no chain") {
  const auto encode = [](const Target& target) { encodeTarget(Family::kIpv4, target); };
  CHECK_THROWS(InvalidRule, encode(JumpTarget{"", false}));
  CHECK_THROWS(InvalidRule, encode(JumpTarget{std::string(29, 'x'), false}));
  CHECK_THROWS(InvalidRule, encode(JumpTarget{"DROP", false}));
  CHECK_THROWS(InvalidRule, encode(Extension{"X", kStandardRevision, {}}));
  encode(JumpTarget{std::string(28, 'x'), false});
}
