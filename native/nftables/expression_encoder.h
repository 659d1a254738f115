#pragma once

#include <string>

#include "nftables/expression.h"
#include "nftables/message.h"

namespace portshift::nft {

/**
 * Appends one entry of a rule's list of expressions. Throws an Error of kind kInternal for an
 * Unknown.
 */
void putExpression(Message& message, const Expression& expression);

/** Returns the kernel's name of an expression: "meta", "cmp", "immediate". */
std::string expressionName(const Expression& expression);

}  // namespace portshift::nft
