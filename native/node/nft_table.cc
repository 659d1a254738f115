#include "node/nft_table.h"

#include <linux/netfilter.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "node/item_writer.h"
#include "node/js_expression.h"
#include "node/js_field.h"
#include "node/nft_names.h"
#include "util/hex.h"

namespace portshift::addon {

namespace {

Napi::Object writeChain(Napi::Env env, const nft::Chain& chain) {
  ItemWriter item(env, "chain");
  item.text("chain", chain.name).text("type", chain.type);
  if (chain.hook) item.text("hook", nameOf(NameKind::kHook, *chain.hook));
  return item.number("priority", chain.priority)
      .boolean("accepts", chain.policy == NF_ACCEPT)
      .object();
}

Napi::Object writeSet(Napi::Env env, const nft::Set& set) {
  return ItemWriter(env, "set")
      .text("set", set.name)
      .number("flags", set.flags)
      .number("keyType", set.key_type)
      .number("keyLength", set.key_length)
      .number("dataType", set.data_type)
      .number("dataLength", set.data_length)
      .boolean("counter", set.counter)
      .object();
}

Napi::Object writeRule(Napi::Env env, const nft::Rule& rule) {
  ItemWriter item(env, "rule");
  item.text("chain", rule.chain)
      .number("handle", static_cast<double>(rule.handle))
      .value("expressions", writeExpressions(env, rule.expressions));
  if (!rule.comment.empty()) item.text("comment", rule.comment);
  return item.object();
}

/** Appends a line in the form that readElements() of lib/backends/nft/elements.ts parses. */
void appendElement(std::string& lines, const nft::ListedElement& element) {
  lines += hexOf(element.key);
  if (element.key_end.size() != 0) lines += '-' + hexOf(element.key_end);
  if (element.ends_range) lines += '!';
  if (element.data.size() != 0) lines += '=' + hexOf(element.data);
  if (element.counters) lines += '#' + std::to_string(element.counters->packets);
  if (!element.comment.empty()) lines.append(" ").append(element.comment);
  lines += '\0';
}

/** The packet counters of the elements of one set. */
struct SetCounters {
  /** The keys, one after the other; each is as long as the set's keys are. */
  Bytes keys;
  std::vector<double> packets;
};

Napi::Object writeCounters(Napi::Env env, const std::string& set, const SetCounters& counters) {
  auto keys = Napi::Uint8Array::New(env, counters.keys.size());
  std::copy(counters.keys.begin(), counters.keys.end(), keys.Data());
  auto packets = Napi::Float64Array::New(env, counters.packets.size());
  std::copy(counters.packets.begin(), counters.packets.end(), packets.Data());
  const Napi::Object object = Napi::Object::New(env);
  object.Set("set", Napi::String::New(env, set));
  object.Set("keys", keys);
  object.Set("packets", packets);
  return object;
}

}  // namespace

Napi::Function NftTable::define(Napi::Env env) {
  return DefineClass(
      env, "NftTable",
      {InstanceMethod("page", &NftTable::page), InstanceMethod("elements", &NftTable::elements),
       InstanceMethod("counters", &NftTable::counters)});
}

Napi::Object NftTable::create(const Napi::FunctionReference& constructor, nft::Snapshot snapshot) {
  return constructor.New({Napi::External<nft::Snapshot>::New(constructor.Env(), &snapshot)});
}

NftTable::NftTable(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NftTable>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsExternal()) throw Napi::TypeError::New(env, "only a session reads tables");
  snapshot_ = std::move(*info[0].As<Napi::External<nft::Snapshot>>().Data());
  const auto self = info.This().As<Napi::Object>();
  const nft::Table table = snapshot_.table.value_or(nft::Table{});
  self.Set("present", Napi::Boolean::New(env, snapshot_.table.has_value()));
  self.Set("isKnown", Napi::Boolean::New(env, snapshot_.is_known));
  self.Set("flags", Napi::Number::New(env, table.flags));
  if (table.owner) self.Set("owner", Napi::Number::New(env, *table.owner));
  self.Set("use", Napi::Number::New(env, table.use));
  self.Set("size", Napi::Number::New(env, static_cast<double>(snapshot_.size())));
  const auto elements = static_cast<double>(snapshot_.elements.size());
  self.Set("elementCount", Napi::Number::New(env, elements));
  self.Freeze();
}

Napi::Value NftTable::page(const Napi::CallbackInfo& info) {
  const std::size_t size = snapshot_.size();
  const std::size_t from = std::min<std::size_t>(JsField(info[0], "from").integer(), size);
  const std::size_t count = std::min<std::size_t>(JsField(info[1], "count").integer(), size - from);
  const Napi::Env env = info.Env();
  const Napi::Array page = Napi::Array::New(env, count);
  for (std::size_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    page.Set(static_cast<std::uint32_t>(i), writeItem(env, from + i));
  }
  return page;
}

Napi::Value NftTable::elements(const Napi::CallbackInfo& info) {
  const std::size_t size = snapshot_.elements.size();
  const std::size_t from = std::min<std::size_t>(JsField(info[0], "from").integer(), size);
  const std::size_t count = std::min<std::size_t>(JsField(info[1], "count").integer(), size - from);
  std::string lines;
  std::optional<std::size_t> set;
  for (std::size_t i = from; i < from + count; ++i) {
    const nft::ListedElement element = snapshot_.elements.at(i);
    if (set != element.set) lines.append(":").append(snapshot_.sets[element.set].name) += '\0';
    set = element.set;
    appendElement(lines, element);
  }
  return Napi::String::New(info.Env(), lines);
}

Napi::Value NftTable::counters(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::vector<SetCounters> sets(snapshot_.sets.size());
  for (std::size_t i = 0; i < snapshot_.elements.size(); ++i) {
    const nft::ListedElement element = snapshot_.elements.at(i);
    if (element.ends_range || !element.counters) continue;
    SetCounters& set = sets[element.set];
    set.keys.insert(set.keys.end(), element.key.begin(), element.key.end());
    set.packets.push_back(static_cast<double>(element.counters->packets));
  }
  const Napi::Array array = Napi::Array::New(env, sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) {
    array.Set(static_cast<std::uint32_t>(i), writeCounters(env, snapshot_.sets[i].name, sets[i]));
  }
  return array;
}

Napi::Object NftTable::writeItem(Napi::Env env, std::size_t index) const {
  const auto& [chains, sets, rules] = std::tie(snapshot_.chains, snapshot_.sets, snapshot_.rules);
  if (index < chains.size()) return writeChain(env, chains[index]);
  index -= chains.size();
  if (index < sets.size()) return writeSet(env, sets[index]);
  return writeRule(env, rules[index - sets.size()]);
}

}  // namespace portshift::addon
