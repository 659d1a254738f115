#include "addon/js_options.h"

#include <limits>

namespace portshift::addon {

Family readFamily(const JsField& field) {
  const std::string name = field.string();
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    if (name == familyName(family)) return family;
  }
  field.fail("'ipv4' or 'ipv6'");
}

iptc::TableName readTableName(const JsField& field) {
  using iptc::TableName;
  const std::string name = field.string();
  for (const TableName table : {TableName::kFilter, TableName::kNat, TableName::kMangle}) {
    if (name == tableName(table)) return table;
  }
  field.fail("'filter', 'nat' or 'mangle'");
}

std::chrono::milliseconds readLockTimeout(const JsField& options) {
  constexpr std::uint32_t kGreatest = std::numeric_limits<std::int32_t>::max();
  return std::chrono::milliseconds(options.property("lockTimeout").integer(0, kGreatest));
}

std::string readOptionalString(const JsField& options, const char *name) {
  const JsField field = options.property(name);
  return field.isAbsent() ? std::string() : field.string();
}

}  // namespace portshift::addon
