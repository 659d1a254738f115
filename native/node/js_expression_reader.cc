#include <limits>
#include <string>

#include "node/js_expression.h"
#include "node/js_hex.h"
#include "node/nft_names.h"

namespace portshift::addon {

namespace {

constexpr std::uint32_t kLastRegister = 23;
constexpr std::uint32_t kMostExpressions = 128;

std::uint32_t readName(NameKind kind, const JsField& field) {
  const auto number = numberOf(kind, field.string());
  if (!number) field.fail(namesOf(kind));
  return *number;
}

std::uint32_t readRegister(const JsField& field) {
  return field.integer(1, kLastRegister);
}

std::optional<std::uint32_t> readOptionalRegister(const JsField& field) {
  return field.isAbsent() ? std::nullopt : std::optional(readRegister(field));
}

nft::Meta readMeta(const JsField& field) {
  const bool stores = !field.property("sreg").isAbsent();
  return {readName(NameKind::kMetaKey, field.property("key")),
          readRegister(field.property(stores ? "sreg" : "dreg")), stores};
}

nft::Cmp readCmp(const JsField& field) {
  return {readName(NameKind::kCmpOp, field.property("op")), readRegister(field.property("sreg")),
          readHex(field.property("data"))};
}

nft::Payload readPayload(const JsField& field) {
  return {readName(NameKind::kPayloadBase, field.property("base")),
          field.property("offset").integer(), field.property("length").integer(1),
          readRegister(field.property("dreg"))};
}

nft::Bitwise readBitwise(const JsField& field) {
  return {readRegister(field.property("sreg")), readRegister(field.property("dreg")),
          readHex(field.property("mask")), readHex(field.property("xor"))};
}

nft::Ct readCt(const JsField& field) {
  nft::Ct ct{
      readName(NameKind::kCtKey, field.property("key")), readRegister(field.property("dreg")), {}};
  const JsField direction = field.property("direction");
  if (!direction.isAbsent()) {
    ct.direction = static_cast<std::uint8_t>(readName(NameKind::kCtDirection, direction));
  }
  return ct;
}

nft::Fib readFib(const JsField& field) {
  return {readName(NameKind::kFibFlags, field.property("flags")),
          readName(NameKind::kFibResult, field.property("result")),
          readRegister(field.property("dreg"))};
}

nft::Lookup readLookup(const JsField& field) {
  return {readObjectName(field.property("set")), readRegister(field.property("sreg")),
          readOptionalRegister(field.property("dreg")), field.property("invert").optionalBoolean()};
}

nft::Nat readNat(const JsField& field) {
  return {readName(NameKind::kNatType, field.property("type")),
          readName(NameKind::kNatFamily, field.property("family")),
          readOptionalRegister(field.property("addressReg")),
          readOptionalRegister(field.property("portReg")), 0};
}

nft::Redirect readRedirect(const JsField& field) {
  return {readOptionalRegister(field.property("portReg"))};
}

nft::SocketKey readSocket(const JsField& field) {
  return {readName(NameKind::kSocketKey, field.property("key")),
          readRegister(field.property("dreg"))};
}

nft::Verdict readVerdict(const JsField& field) {
  const JsField chain = field.property("chain");
  return {static_cast<std::int32_t>(readName(NameKind::kVerdict, field.property("verdict"))),
          chain.isAbsent() ? std::string() : readObjectName(chain)};
}

nft::Reject readReject(const JsField& field) {
  return {field.property("type").integer(),
          static_cast<std::uint8_t>(field.property("code").integer(0, 255))};
}

nft::Expression readExpression(const JsField& field) {
  const JsField kind = field.property("expr");
  const std::string name = kind.string();
  if (name == "meta") return readMeta(field);
  if (name == "cmp") return readCmp(field);
  if (name == "payload") return readPayload(field);
  if (name == "bitwise") return readBitwise(field);
  if (name == "ct") return readCt(field);
  if (name == "fib") return readFib(field);
  if (name == "lookup") return readLookup(field);
  if (name == "nat") return readNat(field);
  if (name == "redir") return readRedirect(field);
  if (name == "socket") return readSocket(field);
  if (name == "immediate") return readVerdict(field);
  if (name == "reject") return readReject(field);
  kind.fail("the name of an expression");
}

}  // namespace

nft::Expressions readExpressions(const JsField& field) {
  const std::uint32_t count = field.arrayLength();
  if (count > kMostExpressions) field.fail("at most 128 expressions");
  nft::Expressions expressions;
  for (std::uint32_t i = 0; i < count; ++i) expressions.push_back(readExpression(field.element(i)));
  return expressions;
}

}  // namespace portshift::addon
