#include "node/js_options.h"

#include <limits>

namespace portshift::addon {

iptc::TableName readTableName(const JsField& field) {
  if (const auto table = iptc::tableNamed(field.string())) return *table;
  field.fail(iptc::kTableNames);
}

std::chrono::milliseconds readLockTimeout(const JsField& options) {
  constexpr std::uint32_t kGreatest = std::numeric_limits<std::int32_t>::max();
  return std::chrono::milliseconds(options.property("lockTimeout").integer(0, kGreatest));
}

}  // namespace portshift::addon
