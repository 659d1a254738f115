// The entries of legacy tables: a byte for the family and what the standard target stands for, then
// an entry as IPT_SO_GET_ENTRIES has it.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "fuzz/input.h"
#include "iptables/codec/canonical_entry.h"
#include "iptables/codec/entry_codec.h"
#include "iptables/codec/invalid_rule.h"
#include "iptables/codec/rule_reader.h"
#include "iptables/codec/rule_writer.h"
#include "iptables/codec/target_codec.h"
#include "util/json.h"
#include "util/json_field.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

namespace {

std::optional<std::string_view> standardName(std::uint8_t choice) {
  constexpr std::string_view kNames[] = {"", "DROP", "own-1",
                                         "a-chain-whose-name-is-too-long-for-one"};
  if ((choice & 2U) == 0) return std::nullopt;
  return kNames[(choice >> 2U) & 3U];
}

/** No module has it, so that no text may. */
bool hasStandardRevision(const xt::Match& match) {
  const auto *extension = std::get_if<xt::Extension>(&match);
  return extension != nullptr && extension->revision == xt::kStandardRevision;
}

bool isReadable(const xt::Rule& rule) {
  const auto *target = std::get_if<xt::Extension>(&rule.target);
  if (target != nullptr && target->revision == xt::kStandardRevision) return false;
  return std::none_of(rule.matches.begin(), rule.matches.end(), hasStandardRevision);
}

/** What the fields say in full is written as what was read, and so it is by way of its text. */
void checkRule(Family family, const Bytes& canonical) {
  const xt::Rule rule = xt::decodeEntry(family, canonical);
  std::string text;
  xt::appendRule(text, family, rule);
  const Json json(text);
  if (rule.other_flags) return;
  fuzz::require(xt::encodeEntry(family, rule) == canonical);
  if (!isReadable(rule)) return;
  const xt::Rule again = xt::readRule(family, JsonField(json, "rule"));
  fuzz::require(xt::encodeEntry(family, again) == canonical);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::uint8_t choice = input.byte();
  const Family family = (choice & 1U) == 0 ? Family::kIpv4 : Family::kIpv6;
  // As iptc::Table takes it from libiptc: by its own account of its size.
  const Bytes entry = input.take(xt::entrySize(family, input.rest()));
  Bytes canonical;
  try {
    canonical = xt::canonicalEntry(family, entry, standardName(choice));
  } catch (const xt::InvalidRule&) {
    return 0;
  }
  checkRule(family, canonical);
  // A snapshot's entry goes back into the table where a change is undone.
  const xt::Counters counters{7, 77};
  const Bytes installable = xt::installableEntry(family, canonical, counters);
  fuzz::require(installable.size() == canonical.size());
  xt::entryCounters(family, installable);
  return 0;
}
