#pragma once

#include <napi.h>

#include "nftables/expression.h"
#include "node/js_field.h"

namespace portshift::addon {

/** Reads a list of NftExpression of lib/backends/nft/expression.ts. Throws a Napi::TypeError. */
nft::Expressions readExpressions(const JsField& field);

Napi::Array writeExpressions(Napi::Env env, const nft::Expressions& expressions);

}  // namespace portshift::addon
