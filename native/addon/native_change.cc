#include "addon/native_change.h"

#include <string>
#include <utility>

#include "addon/js_options.h"
#include "addon/js_rule_reader.h"
#include "xt/entry_codec.h"
#include "xt/invalid_rule.h"
#include "xt/target_codec.h"

namespace portshift::addon {

namespace {

using iptc::OperationKind;

// A prototype can be put on anything: only the tag tells what is behind an object.
constexpr napi_type_tag kTypeTag = {0x8d2f6e0b5a914c37, 0xb16c03f4d7e85a29};

OperationKind readKind(const JsField& field) {
  const std::string name = field.string();
  if (name == "createChain") return OperationKind::kCreateChain;
  if (name == "deleteChain") return OperationKind::kDeleteChain;
  if (name == "insert") return OperationKind::kInsert;
  if (name == "append") return OperationKind::kAppend;
  if (name == "delete") return OperationKind::kDelete;
  field.fail("'createChain', 'deleteChain', 'insert', 'append' or 'delete'");
}

std::string readChain(const JsField& field) {
  std::string name = field.string();
  if (!xt::isChainName(name)) {
    field.fail("a chain's name of 1 to " + std::to_string(xt::kLongestChainName) + " bytes");
  }
  return name;
}

Bytes readEntry(Family family, const JsField& field) {
  const xt::Rule rule = readRule(family, field);
  try {
    return xt::encodeEntry(family, rule);
  } catch (const xt::InvalidRule& invalid) {
    field.fail(std::string("a rule that the kernel can hold: ") + invalid.what());
  }
}

void readOperation(Family family, const JsField& field, iptc::OperationBlock& block) {
  const OperationKind kind = readKind(field.property("op"));
  const std::string chain = readChain(field.property("chain"));
  if (kind == OperationKind::kCreateChain || kind == OperationKind::kDeleteChain) {
    block.add(kind, chain, {});
  } else {
    block.add(kind, chain, readEntry(family, field.property("rule")));
  }
}

}  // namespace

Napi::Function NativeChange::define(Napi::Env env) {
  return DefineClass(
      env, "NativeChange",
      {InstanceMethod("step", &NativeChange::step), InstanceMethod("push", &NativeChange::push)});
}

NativeChange::NativeChange(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NativeChange>(info), change_(std::make_shared<iptc::Change>()) {
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

NativeChange *NativeChange::from(Napi::Value value) {
  if (!value.IsObject()) return nullptr;
  const auto object = value.As<Napi::Object>();
  return object.CheckTypeTag(&kTypeTag) ? Unwrap(object) : nullptr;
}

std::shared_ptr<const iptc::Change> NativeChange::seal() {
  sealed_ = true;
  return change_;
}

void NativeChange::step(const Napi::CallbackInfo& info) {
  checkOpen(info.Env());
  iptc::Step step;
  step.table.family = readFamily({info[0], "family"});
  step.table.table = readTableName({info[1], "table"});
  step.expect = JsField(info[2], "expect").string();
  change_->steps.push_back(std::move(step));
}

void NativeChange::push(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  checkOpen(env);
  if (change_->steps.empty()) throw Napi::TypeError::New(env, "push() comes after step()");
  iptc::Step& step = change_->steps.back();

  const JsField operations(info[0], "operations");
  const std::uint32_t count = operations.arrayLength();
  iptc::OperationBlock block;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    readOperation(step.table.family, operations.element(i), block);
  }
  step.blocks.push_back(std::move(block));
}

void NativeChange::checkOpen(Napi::Env env) const {
  if (sealed_) throw Napi::TypeError::New(env, "a change that was committed cannot be added to");
}

}  // namespace portshift::addon
