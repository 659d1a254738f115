#pragma once

#include <napi.h>

#include "nftables/ruleset.h"

namespace portshift::addon {

/** The NativeRuleset of lib/backends/nft/addon.ts. */
class NftRuleset : public Napi::ObjectWrap<NftRuleset> {
 public:
  static Napi::Function define(Napi::Env env);

  static Napi::Object create(const Napi::FunctionReference& constructor, nft::Ruleset ruleset);

  /** Takes the ruleset that create() passes; scripts cannot construct one. */
  explicit NftRuleset(const Napi::CallbackInfo& info);

 private:
  Napi::Value page(const Napi::CallbackInfo& info);
  Napi::Value elements(const Napi::CallbackInfo& info);

  nft::Ruleset ruleset_;
};

}  // namespace portshift::addon
