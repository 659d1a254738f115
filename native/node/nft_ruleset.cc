#include "node/nft_ruleset.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_arp.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

#include "node/item_writer.h"
#include "node/js_field.h"
#include "node/js_hex.h"

namespace portshift::addon {

namespace {

const char *rulesetFamilyName(std::uint8_t family) {
  switch (family) {
    case NFPROTO_INET:
      return "inet";
    case NFPROTO_IPV4:
      return "ip";
    case NFPROTO_IPV6:
      return "ip6";
    case NFPROTO_ARP:
      return "arp";
    case NFPROTO_BRIDGE:
      return "bridge";
    default:
      return "netdev";
  }
}

std::string hookName(std::uint8_t family, std::uint32_t hook) {
  // The order is that of NF_INET_*; the numbers of NF_BR_* are the same as far as they go.
  constexpr const char *kHooks[] = {"prerouting", "input",       "forward",
                                    "output",     "postrouting", "ingress"};
  constexpr const char *kArpHooks[] = {"input", "output", "forward"};
  constexpr const char *kDeviceHooks[] = {"ingress", "egress"};
  const auto name_in = [hook](const auto& names) {
    return hook < std::size(names) ? std::string(names[hook]) : std::to_string(hook);
  };
  if (family == NFPROTO_ARP) return name_in(kArpHooks);
  if (family == NFPROTO_NETDEV) return name_in(kDeviceHooks);
  if (family == NFPROTO_BRIDGE && hook == NF_INET_INGRESS) return std::to_string(hook);
  return name_in(kHooks);
}

Napi::Array writeDecoded(Napi::Env env, const nft::DecodedExpressions& expressions);

/** Sets a property of an object to the value of a decoded field. */
struct FieldWriter {
  ItemWriter& item;
  const char *name;

  void operator()(bool value) const { item.boolean(name, value); }
  void operator()(double value) const { item.number(name, value); }
  void operator()(const std::string& value) const { item.text(name, value); }
  void operator()(const Bytes& value) const { item.value(name, writeHex(env(), value)); }
  void operator()(const nft::DecodedExpressions& value) const {
    item.value(name, writeDecoded(env(), value));
  }

  Napi::Env env() const { return item.object().Env(); }
};

Napi::Array writeDecoded(Napi::Env env, const nft::DecodedExpressions& expressions) {
  const Napi::Array array = Napi::Array::New(env, expressions.size());
  std::uint32_t index = 0;
  for (const nft::DecodedExpression& expression : expressions) {
    const Napi::HandleScope scope(env);
    ItemWriter item(env);
    item.text("expr", expression.kind);
    for (const nft::DecodedField& field : expression.fields) {
      std::visit(FieldWriter{item, field.name}, field.value);
    }
    array.Set(index++, item.object());
  }
  return array;
}

ItemWriter startItem(Napi::Env env, const char *kind, const nft::TableName& in) {
  ItemWriter item(env, kind);
  item.text("family", rulesetFamilyName(in.family)).text("table", in.table);
  return item;
}

struct RulesetItemWriter {
  Napi::Env env;

  Napi::Object operator()(const nft::RulesetChain& each) const {
    ItemWriter item = startItem(env, "chain", each.in);
    item.text("chain", each.chain.name).number("handle", static_cast<double>(each.handle));
    if (each.chain.hook) {
      item.text("type", each.chain.type)
          .text("hook", hookName(each.in.family, *each.chain.hook))
          .number("priority", each.chain.priority)
          .text("policy", each.chain.policy == NF_ACCEPT ? "accept" : "drop");
    }
    if (!each.devices.empty()) item.value("devices", devices(each));
    return item.boolean("dormant", each.is_dormant).object();
  }

  Napi::Object operator()(const nft::RulesetSet& each) const {
    return startItem(env, "set", each.in)
        .text("set", each.set.name)
        .number("handle", static_cast<double>(each.handle))
        .number("flags", each.set.flags)
        .number("keyType", each.set.key_type)
        .number("keyLength", each.set.key_length)
        .number("dataType", each.set.data_type)
        .number("dataLength", each.set.data_length)
        .boolean("anonymous", (each.set.flags & NFT_SET_ANONYMOUS) != 0)
        .number("size", static_cast<double>(each.size))
        .object();
  }

  Napi::Object operator()(const nft::RulesetRule& each) const {
    ItemWriter item = startItem(env, "rule", each.in);
    item.text("chain", each.chain)
        .number("handle", static_cast<double>(each.handle))
        .value("expressions", writeDecoded(env, each.expressions));
    if (!each.comment.empty()) item.text("comment", each.comment);
    return item.object();
  }

  Napi::Array devices(const nft::RulesetChain& each) const {
    const Napi::Array array = Napi::Array::New(env, each.devices.size());
    std::uint32_t index = 0;
    for (const std::string& device : each.devices) {
      array.Set(index++, Napi::String::New(env, device));
    }
    return array;
  }
};

Napi::Object writeVerdict(Napi::Env env, const nft::DecodedVerdict& verdict) {
  ItemWriter item(env);
  item.text("verdict", verdict.name);
  if (!verdict.chain.empty()) item.text("chain", verdict.chain);
  return item.object();
}

Napi::Object writeElement(Napi::Env env, const nft::RulesetElement& element) {
  ItemWriter item(env);
  item.value("key", writeHex(env, element.key));
  if (!element.key_end.empty()) item.value("keyEnd", writeHex(env, element.key_end));
  if (element.ends_range) item.boolean("ends", true);
  if (element.is_catch_all) item.boolean("catchall", true);
  if (!element.data.empty()) item.value("data", writeHex(env, element.data));
  if (element.verdict) item.value("verdict", writeVerdict(env, *element.verdict));
  if (!element.object.empty()) item.text("object", element.object);
  if (!element.expressions.empty()) {
    item.value("expressions", writeDecoded(env, element.expressions));
  }
  if (!element.comment.empty()) item.text("comment", element.comment);
  if (element.expires) item.number("expires", static_cast<double>(*element.expires));
  return item.object();
}

/** Returns an array of `write(index)` for the info[1] indexes that begin at info[0]. */
template <class Write>
Napi::Value writePage(const Napi::CallbackInfo& info, std::size_t size, Write write) {
  const Napi::Env env = info.Env();
  const std::size_t from = std::min<std::size_t>(JsField(info[0], "from").integer(), size);
  const std::size_t count = std::min<std::size_t>(JsField(info[1], "count").integer(), size - from);
  const Napi::Array page = Napi::Array::New(env, count);
  for (std::size_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    page.Set(static_cast<std::uint32_t>(i), write(from + i));
  }
  return page;
}

}  // namespace

Napi::Function NftRuleset::define(Napi::Env env) {
  return DefineClass(env, "NftRuleset",
                     {InstanceMethod("page", &NftRuleset::page),
                      InstanceMethod("elements", &NftRuleset::elements)});
}

Napi::Object NftRuleset::create(const Napi::FunctionReference& constructor, nft::Ruleset ruleset) {
  return constructor.New({Napi::External<nft::Ruleset>::New(constructor.Env(), &ruleset)});
}

NftRuleset::NftRuleset(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NftRuleset>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsExternal()) throw Napi::TypeError::New(env, "only a session reads rulesets");
  ruleset_ = std::move(*info[0].As<Napi::External<nft::Ruleset>>().Data());
  const auto self = info.This().As<Napi::Object>();
  const auto set = [env, &self](const char *key, std::size_t value) {
    self.Set(key, Napi::Number::New(env, static_cast<double>(value)));
  };
  set("generation", ruleset_.generation);
  set("size", ruleset_.size());
  set("elementCount", ruleset_.elements());
  self.Freeze();
}

Napi::Value NftRuleset::page(const Napi::CallbackInfo& info) {
  return writePage(info, ruleset_.size(), [this, env = info.Env()](std::size_t index) {
    return std::visit(RulesetItemWriter{env}, ruleset_.at(index));
  });
}

Napi::Value NftRuleset::elements(const Napi::CallbackInfo& info) {
  return writePage(info, ruleset_.elements(), [this, env = info.Env()](std::size_t index) {
    return writeElement(env, ruleset_.element(index));
  });
}

}  // namespace portshift::addon
