#pragma once

#include "addon/js_field.h"
#include "nft/operation.h"

namespace portshift::addon {

/** Reads an NftOperation of lib/plan/nft-operation.ts. Throws a Napi::TypeError. */
nft::Operation readOperation(const JsField& field);

}  // namespace portshift::addon
