#include <string>
#include <variant>

#include "node/js_expression.h"
#include "node/js_hex.h"
#include "node/nft_names.h"

namespace portshift::addon {

namespace {

class Writer {
 public:
  explicit Writer(const Napi::Object& object) : object_(object) {}

  void operator()(const nft::Meta& meta) const {
    kind("meta");
    name("key", NameKind::kMetaKey, meta.key);
    number(meta.stores ? "sreg" : "dreg", meta.reg);
  }

  void operator()(const nft::Cmp& cmp) const {
    kind("cmp");
    name("op", NameKind::kCmpOp, cmp.op);
    number("sreg", cmp.sreg);
    bytes("data", cmp.data);
  }

  void operator()(const nft::Payload& payload) const {
    kind("payload");
    name("base", NameKind::kPayloadBase, payload.base);
    number("offset", payload.offset);
    number("length", payload.length);
    number("dreg", payload.dreg);
  }

  void operator()(const nft::Bitwise& bitwise) const {
    kind("bitwise");
    number("sreg", bitwise.sreg);
    number("dreg", bitwise.dreg);
    bytes("mask", bitwise.mask);
    bytes("xor", bitwise.toggle);
  }

  void operator()(const nft::Ct& ct) const {
    kind("ct");
    name("key", NameKind::kCtKey, ct.key);
    number("dreg", ct.dreg);
    if (ct.direction) name("direction", NameKind::kCtDirection, *ct.direction);
  }

  void operator()(const nft::Fib& fib) const {
    kind("fib");
    name("flags", NameKind::kFibFlags, fib.flags);
    name("result", NameKind::kFibResult, fib.result);
    number("dreg", fib.dreg);
  }

  void operator()(const nft::Lookup& lookup) const {
    kind("lookup");
    text("set", lookup.set);
    number("sreg", lookup.sreg);
    if (lookup.dreg) number("dreg", *lookup.dreg);
    if (lookup.invert) object_.Set("invert", true);
  }

  void operator()(const nft::Nat& nat) const {
    // The JavaScript form has no field for flags, and portshift never writes any.
    if (nat.flags != 0) return (*this)(nft::Unknown{"nat"});
    kind("nat");
    name("type", NameKind::kNatType, nat.type);
    name("family", NameKind::kNatFamily, nat.family);
    if (nat.address_reg) number("addressReg", *nat.address_reg);
    if (nat.port_reg) number("portReg", *nat.port_reg);
  }

  void operator()(const nft::Redirect& redirect) const {
    kind("redir");
    if (redirect.port_reg) number("portReg", *redirect.port_reg);
  }

  void operator()(const nft::SocketKey& socket) const {
    kind("socket");
    name("key", NameKind::kSocketKey, socket.key);
    number("dreg", socket.dreg);
  }

  void operator()(const nft::Verdict& verdict) const {
    kind("immediate");
    name("verdict", NameKind::kVerdict, static_cast<std::uint32_t>(verdict.code));
    if (!verdict.chain.empty()) text("chain", verdict.chain);
  }

  void operator()(const nft::Reject& reject) const {
    kind("reject");
    number("type", reject.type);
    number("code", reject.code);
  }

  void operator()(const nft::Unknown& unknown) const {
    kind("unknown");
    text("name", unknown.name);
  }

 private:
  void kind(const char *value) const { text("expr", value); }
  void text(const char *key, const std::string& value) const {
    object_.Set(key, Napi::String::New(object_.Env(), value));
  }
  void name(const char *key, NameKind kind, std::uint32_t value) const {
    text(key, nameOf(kind, value));
  }
  void number(const char *key, std::uint32_t value) const {
    object_.Set(key, Napi::Number::New(object_.Env(), value));
  }
  void bytes(const char *key, ByteView value) const {
    object_.Set(key, writeHex(object_.Env(), value));
  }

  Napi::Object object_;
};

}  // namespace

Napi::Array writeExpressions(Napi::Env env, const nft::Expressions& expressions) {
  const Napi::Array array = Napi::Array::New(env, expressions.size());
  for (std::uint32_t i = 0; i < expressions.size(); ++i) {
    const Napi::HandleScope scope(env);
    const Napi::Object object = Napi::Object::New(env);
    std::visit(Writer(object), expressions[i]);
    array.Set(i, object);
  }
  return array;
}

}  // namespace portshift::addon
