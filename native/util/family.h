#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace portshift {

enum class Family : std::uint8_t { kIpv4, kIpv6 };

inline std::string_view familyName(Family family) {
  return family == Family::kIpv4 ? "ipv4" : "ipv6";
}

/** The accepted family names, for error messages. */
inline constexpr const char *kFamilyNames = "'ipv4' or 'ipv6'";

inline std::optional<Family> familyNamed(std::string_view name) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    if (name == familyName(family)) return family;
  }
  return std::nullopt;
}

}  // namespace portshift
