#pragma once

#include "nftables/operation.h"
#include "node/js_field.h"

namespace portshift::addon {

/** Reads an NftOperation of lib/backends/nft/operation.ts. Throws a Napi::TypeError. */
nft::Operation readOperation(const JsField& field);

}  // namespace portshift::addon
