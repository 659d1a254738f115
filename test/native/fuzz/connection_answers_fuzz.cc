// Whole conversations with ctnetlink, sock_diag and rtnetlink: a byte for what is asked, then all
// that the kernel says to it.
#include <netinet/in.h>

#include "conntrack/connections.h"
#include "fuzz/fake_netlink.h"
#include "fuzz/input.h"
#include "util/error.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)

namespace {

/** For what the seeds are about. */
conntrack::Filter filterOf(std::uint8_t choice) {
  conntrack::Filter filter;
  filter.protocol = (choice & 4U) == 0 ? IPPROTO_TCP : IPPROTO_UDP;
  filter.translated = (choice & 8U) != 0;
  if ((choice & 16U) != 0) filter.from = conntrack::Origin::kOutside;
  filter.unanswered = (choice & 64U) != 0;
  filter.ports.add({8443, 8447});
  if ((choice & 32U) != 0) filter.target_port = 8443;
  return filter;
}

void findAndAskAfter(conntrack::Connections& connections, const conntrack::Filter& filter) {
  for (const auto& identity : connections.running({filter})) {
    // An erasure without a tuple would be one of every connection.
    fuzz::require(!identity.original_tuple.empty());
    connections.isRunning(identity);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  static conntrack::Connections connections;
  static conntrack::ConnectionTable table;
  fuzz::Input input(data, size);
  const std::uint8_t choice = input.byte();
  const Bytes answers = input.take(size);
  fuzz::answerWith(answers);
  try {
    switch (choice % 3) {
      case 0:
        findAndAskAfter(connections, filterOf(choice));
        break;
      case 1:
        connections.cut({filterOf(choice)});
        break;
      default:
        table.hasTranslated();
        break;
    }
  } catch (const Error& error) {
    fuzz::require(!error.failure().message.empty());
  }
  return 0;
}
