#pragma once

#include "nftables/attributes.h"
#include "nftables/expression.h"

namespace portshift::nft {

/**
 * Reads a rule's list of expressions. An expression with more content than its struct can hold
 * becomes an Unknown.
 */
Expressions readExpressions(const nlattr *list);

}  // namespace portshift::nft
