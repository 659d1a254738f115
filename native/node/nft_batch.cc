#include "node/nft_batch.h"

#include <cstdint>
#include <string>
#include <utility>

#include "nftables/kernel_answer.h"
#include "node/element_lines.h"
#include "node/js_field.h"
#include "node/js_hex.h"
#include "node/js_operation.h"
#include "util/error.h"

namespace portshift::addon {

namespace {

std::uint8_t readBatchFamily(const JsField& field) {
  if (field.isAbsent()) return NFPROTO_INET;
  const std::string name = field.string();
  if (name == "inet") return NFPROTO_INET;
  if (name == "ip") return NFPROTO_IPV4;
  if (name == "ip6") return NFPROTO_IPV6;
  field.fail("'inet' or 'ip' or 'ip6'");
}

}  // namespace

Napi::Function NftBatch::define(Napi::Env env) {
  return DefineClass(
      env, "NftBatch",
      {InstanceMethod("push", &NftBatch::push), InstanceMethod("elements", &NftBatch::elements),
       InstanceMethod("messages", &NftBatch::messages)});
}

NftBatch::NftBatch(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NftBatch>(info),
      batch_(std::make_shared<nft::Batch>(JsField(info[0], "table").string(),
                                          readBatchFamily({info[1], "family"}))) {}

std::shared_ptr<nft::Batch> NftBatch::take() {
  auto next = std::make_shared<nft::Batch>(batch_->table(), batch_->family());
  return std::exchange(batch_, std::move(next));
}

void NftBatch::push(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const JsField operations(info[0], "operations");
  const std::uint32_t count = operations.arrayLength();
  for (std::uint32_t i = 0; i < count; ++i) {
    const Napi::HandleScope scope(env);
    const JsField operation = operations.element(i);
    try {
      batch_->add(readOperation(operation));
    } catch (const Error& error) {
      operation.fail(std::string("an operation that a message can carry: ") + error.what());
    }
  }
}

void NftBatch::elements(const Napi::CallbackInfo& info) {
  const JsField lines(info[0], "elements");
  try {
    addElements(*batch_, lines.bytes());
  } catch (const InvalidLine& invalid) {
    lines.fail(invalid.what());
  } catch (const Error& error) {
    lines.fail(std::string("elements that a message can carry: ") + error.what());
  }
}

Napi::Value NftBatch::messages(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Array array = Napi::Array::New(env);
  for (const Bytes& block : batch_->blocks()) {
    nft::forEachMessage(block, [env, &array](const nlmsghdr *header) {
      array.Set(array.Length(), writeHex(env, {header, header->nlmsg_len}));
    });
  }
  return array;
}

}  // namespace portshift::addon
