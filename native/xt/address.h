#pragma once

#include <optional>
#include <string>

#include "xt/rule.h"

namespace portshift::xt {

/** inet_pton(3): no names, no masks, no zones. */
std::optional<Address> parseAddress(Family family, const std::string& text);

std::string formatAddress(Family family, const Address& address);

}  // namespace portshift::xt
