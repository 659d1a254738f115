#pragma once

#include <optional>
#include <string>

#include "iptables/codec/rule.h"

namespace portshift::xt {

/** Parses an address with inet_pton(3): without names, masks and zones. */
std::optional<Address> parseAddress(Family family, const std::string& text);

std::string formatAddress(Family family, const Address& address);

}  // namespace portshift::xt
