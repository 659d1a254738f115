#pragma once

#include <string>

#include "nft/expression.h"
#include "nft/message.h"

namespace portshift::nft {

/** One entry of a rule's list of expressions. Throws an Error of kind kInternal for an Unknown. */
void putExpression(Message& message, const Expression& expression);

/** What the kernel calls it: "meta", "cmp", "immediate". */
std::string expressionName(const Expression& expression);

}  // namespace portshift::nft
