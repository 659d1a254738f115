#pragma once

#include "nft/attributes.h"
#include "nft/expression.h"

namespace portshift::nft {

/** A rule's list of expressions. One that says more than its struct here can is an Unknown. */
Expressions readExpressions(const nlattr *list);

}  // namespace portshift::nft
