#pragma once

#include <string>

#include "xt/rule.h"

namespace portshift::xt {

/** Appends the rule as ruleJson() of lib/tables/rule-json.ts writes it, to the letter. */
void appendRule(std::string& json, Family family, const Rule& rule);

}  // namespace portshift::xt
