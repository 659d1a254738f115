#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/family.h"

namespace portshift::iptc {

enum class TableName : std::uint8_t { kFilter, kNat, kMangle, kRaw, kSecurity };

constexpr const char *tableName(TableName name) {
  switch (name) {
    case TableName::kFilter:
      return "filter";
    case TableName::kNat:
      return "nat";
    case TableName::kMangle:
      return "mangle";
    case TableName::kRaw:
      return "raw";
    case TableName::kSecurity:
      break;
  }
  return "security";
}

/** The accepted table names, for error messages. */
inline constexpr const char *kTableNames = "'filter', 'nat', 'mangle', 'raw' or 'security'";

inline std::optional<TableName> tableNamed(std::string_view name) {
  for (const TableName table : {TableName::kFilter, TableName::kNat, TableName::kMangle,
                                TableName::kRaw, TableName::kSecurity}) {
    if (name == tableName(table)) return table;
  }
  return std::nullopt;
}

struct TableId {
  Family family = Family::kIpv4;
  TableName table = TableName::kFilter;

  friend bool operator==(TableId a, TableId b) {
    return a.family == b.family && a.table == b.table;
  }
  friend bool operator<(TableId a, TableId b) {
    return a.family != b.family ? a.family < b.family : a.table < b.table;
  }
};

/** Returns a text such as "ipv4 nat". */
inline std::string describe(TableId id) {
  return std::string(familyName(id.family)).append(" ").append(tableName(id.table));
}

}  // namespace portshift::iptc
