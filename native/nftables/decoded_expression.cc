#include "nftables/decoded_expression.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "nftables/expression_schema.h"

namespace portshift::nft {

namespace {

ByteView payloadOf(const nlattr *attribute) {
  return {mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute)};
}

std::string textOf(const nlattr *attribute) {
  const ByteView bytes = payloadOf(attribute);
  return {bytes.begin(), std::find(bytes.begin(), bytes.end(), 0)};
}

/** Returns the number, or nothing if the attribute has another length. */
template <class Number>
std::optional<Number> loadExactly(const nlattr *attribute) {
  const ByteView bytes = payloadOf(attribute);
  if (bytes.size() != sizeof(Number)) return {};
  return loadAt<Number>(bytes);
}

std::optional<std::uint64_t> numberIn(const nlattr *attribute, AttributeKind kind) {
  switch (kind) {
    case AttributeKind::kU8:
    case AttributeKind::kName8:
      return loadExactly<std::uint8_t>(attribute);
    case AttributeKind::kU16: {
      const auto number = loadExactly<std::uint16_t>(attribute);
      return number ? std::optional<std::uint64_t>(ntohs(*number)) : std::nullopt;
    }
    case AttributeKind::kU64: {
      const auto number = loadExactly<std::uint64_t>(attribute);
      return number ? std::optional<std::uint64_t>(be64toh(*number)) : std::nullopt;
    }
    default: {
      const auto number = loadExactly<std::uint32_t>(attribute);
      return number ? std::optional<std::uint64_t>(ntohl(*number)) : std::nullopt;
    }
  }
}

const NumberName *nameIn(const NumberNames& names, std::uint64_t number) {
  const auto *const found =
      std::find_if(names.begin(), names.end(),
                   [number](const NumberName& each) { return each.number == number; });
  return found == names.end() ? nullptr : found;
}

/**
 * Decodes attributes into the fields of an expression. Its functions return false for a value that
 * they cannot decode.
 */
class Decoder {
 public:
  explicit Decoder(DecodedExpression& expression) : expression_(expression) {}

  bool take(const AttributeSchema& schema, const nlattr *attribute) {
    switch (schema.kind) {
      case AttributeKind::kIgnored:
        return true;
      case AttributeKind::kText:
        return add(schema.name, textOf(attribute));
      case AttributeKind::kBytes:
        return addBytes(schema.name, payloadOf(attribute));
      case AttributeKind::kValue:
        return takeValue(schema.name, attribute);
      case AttributeKind::kValueOrVerdict:
        return takeVerdict(attribute) || takeValue(schema.name, attribute);
      case AttributeKind::kExpression:
        return add(schema.name, DecodedExpressions{decodeExpression(attribute)});
      case AttributeKind::kExpressions:
        return add(schema.name, decodeExpressions(attribute));
      default: {
        const auto number = numberIn(attribute, schema.kind);
        return number && takeNumber(schema, *number);
      }
    }
  }

 private:
  bool add(const char *name, DecodedField::Value value) {
    expression_.fields.push_back({name, std::move(value)});
    return true;
  }

  bool addBytes(const char *name, ByteView bytes) {
    return add(name, Bytes(bytes.begin(), bytes.end()));
  }

  bool takeNumber(const AttributeSchema& schema, std::uint64_t number) {
    switch (schema.kind) {
      case AttributeKind::kFlags:
        return takeFlags(schema.names, number);
      case AttributeKind::kFlagNames:
        return takeFlagNames(schema, number);
      case AttributeKind::kName8:
      case AttributeKind::kName32: {
        const NumberName *const found = nameIn(schema.names, number);
        return found != nullptr && add(schema.name, std::string(found->name));
      }
      case AttributeKind::kBoolean32:
        return number <= 1 && add(schema.name, number == 1);
      default:
        if (number == 0 && schema.presence == Presence::kUnlessZero) return true;
        return add(schema.name, static_cast<double>(number));
    }
  }

  bool takeFlags(const NumberNames& names, std::uint64_t flags) {
    for (const NumberName& flag : names) {
      if ((flags & flag.number) != 0 && flag.name != nullptr) add(flag.name, true);
      flags &= ~std::uint64_t{flag.number};
    }
    return flags == 0;
  }

  bool takeFlagNames(const AttributeSchema& schema, std::uint64_t flags) {
    std::string text;
    for (const NumberName& flag : schema.names) {
      if ((flags & flag.number) != 0) text.append(text.empty() ? "" : " . ").append(flag.name);
      flags &= ~std::uint64_t{flag.number};
    }
    return flags == 0 && add(schema.name, std::move(text));
  }

  bool takeValue(const char *name, const nlattr *data) {
    const nlattr *const value = Attributes(data).find(NFTA_DATA_VALUE);
    return value != nullptr && addBytes(name, payloadOf(value));
  }

  bool takeVerdict(const nlattr *data) {
    auto verdict = decodeVerdict(Attributes(data).find(NFTA_DATA_VERDICT));
    if (!verdict) return false;
    add("verdict", std::string(verdict->name));
    return verdict->chain.empty() || add("chain", std::move(verdict->chain));
  }

  DecodedExpression& expression_;
};

const AttributeSchema *attributeIn(const ExpressionSchema& schema, std::uint16_t type) {
  const auto *const found = std::find_if(
      schema.begin, schema.end, [type](const AttributeSchema& each) { return each.type == type; });
  return found == schema.end ? nullptr : found;
}

/**
 * Decodes an expression. Returns nothing if it has attributes that the schema lacks, or lacks
 * attributes that the schema requires.
 */
std::optional<DecodedExpression> decodeBy(const ExpressionSchema& schema, const nlattr *data) {
  DecodedExpression expression{schema.name, {}};
  Decoder decoder(expression);
  std::uint32_t seen = 0;
  bool understood = true;
  forEachNested(data, [&](const nlattr *attribute) {
    const std::uint16_t type = mnl_attr_get_type(attribute);
    const AttributeSchema *const expected = attributeIn(schema, type);
    understood = understood && expected != nullptr && (seen & 1U << type) == 0 &&
                 decoder.take(*expected, attribute);
    if (expected != nullptr) seen |= 1U << type;
  });
  understood = understood && std::all_of(schema.begin, schema.end, [seen](const auto& attribute) {
                 return attribute.presence != Presence::kRequired ||
                        attribute.kind == AttributeKind::kIgnored ||
                        (seen & 1U << attribute.type) != 0;
               });
  if (!understood || !schema.finish(expression)) return {};
  return expression;
}

}  // namespace

DecodedExpression decodeExpression(const nlattr *expression) {
  const Attributes attributes(expression);
  std::string name = attributes.text(NFTA_EXPR_NAME);
  if (const ExpressionSchema *const schema = schemaOf(name)) {
    auto decoded = decodeBy(*schema, attributes.find(NFTA_EXPR_DATA));
    if (decoded) return *std::move(decoded);
  }
  return {"unknown", {{"name", std::move(name)}}};
}

DecodedExpressions decodeExpressions(const nlattr *list) {
  DecodedExpressions expressions;
  forEachNested(list, [&expressions](const nlattr *element) {
    expressions.push_back(decodeExpression(element));
  });
  return expressions;
}

std::optional<DecodedVerdict> decodeVerdict(const nlattr *verdict) {
  if (verdict == nullptr) return {};
  const Attributes attributes(verdict);
  const auto code = attributes.u32(NFTA_VERDICT_CODE);
  if (!code) return {};
  const NumberName *const found = nameIn(verdictNames(), *code);
  const auto signed_code = static_cast<std::int32_t>(*code);
  const bool goes = signed_code == NFT_JUMP || signed_code == NFT_GOTO;
  std::string chain = attributes.text(NFTA_VERDICT_CHAIN);
  if (found == nullptr || goes == chain.empty()) return {};
  return DecodedVerdict{found->name, std::move(chain)};
}

}  // namespace portshift::nft
