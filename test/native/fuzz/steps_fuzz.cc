// What crosses from JavaScript: steps of a change as JSON.
#include <string_view>

#include "fuzz/input.h"
#include "iptables/codec/entry_codec.h"
#include "iptables/steps_json.h"
#include "util/json.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  // Copied: what reads past it is found.
  const Bytes text = fuzz::Input(data, size).take(size);
  iptc::Change change;
  try {
    iptc::readSteps(std::string_view(reinterpret_cast<const char *>(text.data()), text.size()),
                    change);
  } catch (const InvalidJson&) {
    return 0;
  }
  for (const iptc::Step& step : change.steps) {
    for (const iptc::OperationBlock& block : step.blocks) {
      for (std::size_t i = 0; i < block.size(); ++i) {
        const iptc::Operation operation = block.at(i);
        fuzz::require(!operation.chain.empty());
        // An entry that was accepted is one that says in full what it says.
        if (operation.entry.size() == 0) continue;
        const Bytes entry(operation.entry.begin(), operation.entry.end());
        fuzz::require(!xt::decodeEntry(step.table.family, entry).other_flags);
      }
    }
  }
  return 0;
}
