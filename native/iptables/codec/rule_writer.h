#pragma once

#include <string>

#include "iptables/codec/rule.h"

namespace portshift::xt {

/** Appends exactly the text that ruleJson() of lib/model/rule-json.ts writes. */
void appendRule(std::string& json, Family family, const Rule& rule);

}  // namespace portshift::xt
