// Whole conversations with nf_tables: a byte for what is asked, then all that the kernel says to
// it.
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "fuzz/fake_netlink.h"
#include "fuzz/input.h"
#include "nftables/ruleset_reader.h"
#include "nftables/table_reader.h"
#include "nftables/transaction.h"
#include "nftables/watcher.h"
#include "util/error.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

namespace {

/** The table that the seeds are of. */
constexpr const char *kTable = "portshift";

nft::Element port(std::uint8_t number) {
  nft::Element element;
  element.key = {0, number};
  return element;
}

nft::Batch someBatch() {
  nft::Batch batch(kTable);
  batch.add(nft::NewTable{});
  batch.add(nft::NewRule{{"prerouting", 0, {}, "name=web"}, false});
  batch.add(nft::NewElements{"tcp-ports", {port(80), port(81)}});
  batch.add(nft::DeleteRule{"prerouting", 7});
  return batch;
}

void read(nft::Socket& socket) {
  nft::Snapshot snapshot;
  nft::TableReader(socket, kTable).readOnce(snapshot);
  for (std::size_t i = 0; i < snapshot.elements.size(); ++i) {
    fuzz::require(snapshot.elements.at(i).set < snapshot.sets.size());
  }
  fuzz::require(snapshot.table || snapshot.size() == 0);
}

void readAll(nft::Socket& socket) {
  nft::Ruleset ruleset;
  nft::RulesetReader(socket).readOnce(ruleset);
  for (std::size_t i = 0; i < ruleset.size(); ++i) ruleset.at(i);
  std::size_t elements = 0;
  for (std::size_t i = 0; i < ruleset.sets(); ++i) elements += ruleset.set(i).size;
  fuzz::require(elements == ruleset.elements());
  for (std::size_t i = 0; i < elements; ++i) ruleset.element(i);
}

void commit(nft::Socket& socket) {
  static const nft::Batch batch = someBatch();
  const auto handles = nft::Transaction(socket, batch).commit(1);
  if (!handles) return;
  for (const auto& handle : *handles) fuzz::require(handle.first < batch.messages());
}

void check(nft::Socket& socket) {
  static const nft::Batch batch = someBatch();
  nft::Transaction(socket, batch).check();
}

void watch() {
  static nft::Watcher watcher(kTable);
  watcher.update();
  watcher.isTouched();
  // Forgets it for the next input.
  watcher.reset();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  static nft::Socket socket;
  fuzz::Input input(data, size);
  const std::uint8_t choice = input.byte();
  const Bytes answers = input.take(size);
  try {
    fuzz::answerWith(answers);
    switch (choice % 5) {
      case 0:
        read(socket);
        break;
      case 1:
        commit(socket);
        break;
      case 2:
        check(socket);
        break;
      case 3:
        watch();
        break;
      default:
        readAll(socket);
        break;
    }
  } catch (const Error& error) {
    fuzz::require(!error.failure().message.empty());
  }
  fuzz::answerWith({});
  return 0;
}
