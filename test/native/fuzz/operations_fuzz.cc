// What crosses from JavaScript: a byte for the family, then operations as JSON.
#include <string_view>

#include "common/json.h"
#include "fuzz/input.h"
#include "iptc/operations_json.h"
#include "xt/entry_codec.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  fuzz::Input input(data, size);
  const Family family = (input.byte() & 1U) == 0 ? Family::kIpv4 : Family::kIpv6;
  // Copied: what reads past it is found.
  const Bytes text = input.take(size);
  try {
    const iptc::OperationBlock block = iptc::readOperations(
        family, std::string_view(reinterpret_cast<const char *>(text.data()), text.size()));
    for (std::size_t i = 0; i < block.size(); ++i) {
      const iptc::Operation operation = block.at(i);
      fuzz::require(!operation.chain.empty());
      // An entry that was accepted is one that says in full what it says.
      if (operation.entry.size() == 0) continue;
      const Bytes entry(operation.entry.begin(), operation.entry.end());
      fuzz::require(!xt::decodeEntry(family, entry).other_flags);
    }
  } catch (const InvalidJson&) {
    return 0;
  }
  return 0;
}
