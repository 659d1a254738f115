// The lower bound for nf_tables: the work that any program has to do to move a port, and nothing
// else. Table `inet bench` with maps `pre` and `out` exists; a cycle is one batch that replaces one
// element in each, and the kernel's answer to it.

#include <initializer_list>

#include "bench/batch.h"
#include "bench/loop.h"

namespace {

constexpr std::uint16_t kTarget = 8443;
constexpr std::size_t kRoom = 4096;

void replace(portshift::bench::Batch& batch, std::uint16_t old_port, std::uint16_t new_port) {
  batch.begin();
  for (const char *map : {"pre", "out"}) {
    if (old_port != 0) {
      batch.remove(map);
      batch.key(old_port);
    }
    batch.add(map);
    batch.element(new_port, kTarget);
  }
  batch.commit();
}

}  // namespace

int main() {
  portshift::bench::Batch batch(kRoom);
  std::uint16_t port = 8445;
  replace(batch, 0, port);
  return portshift::bench::serve([&batch, &port] {
    const std::uint16_t next = port == 8445 ? 8446 : 8445;
    replace(batch, port, next);
    port = next;
  });
}
