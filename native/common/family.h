#pragma once

#include <cstdint>
#include <string_view>

namespace portshift {

enum class Family : std::uint8_t { kIpv4, kIpv6 };

inline std::string_view familyName(Family family) {
  return family == Family::kIpv4 ? "ipv4" : "ipv6";
}

}  // namespace portshift
