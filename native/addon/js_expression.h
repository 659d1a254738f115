#pragma once

#include <napi.h>

#include "addon/js_field.h"
#include "nft/expression.h"

namespace portshift::addon {

/** Reads a list of NftExpression of lib/plan/nft-expression.ts. Throws a Napi::TypeError. */
nft::Expressions readExpressions(const JsField& field);

Napi::Array writeExpressions(Napi::Env env, const nft::Expressions& expressions);

}  // namespace portshift::addon
