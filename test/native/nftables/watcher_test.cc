#include "nftables/watcher.h"

#include <sys/socket.h>

#include <string>

#include "check.h"
#include "nftables/namespace.h"
#include "nftables/table_reader.h"

using namespace portshift;       // NOLINT(google-build-using-namespace)
using namespace portshift::nft;  // NOLINT(google-build-using-namespace)

namespace {

std::uint32_t currentGeneration() {
  Socket socket;
  return readGeneration(socket);
}

}  // namespace

TEST("nftables/watcher", "has nothing to say where nothing has happened") {
  fixture::inOwnNamespace([] {
    Watcher watcher("mine");
    watcher.update();
    CHECK(!watcher.isTouched());
    CHECK(!watcher.generation());
  });
}

TEST("nftables/watcher", "notices each kind of change of its table, and which generation it made") {
  fixture::inOwnNamespace([] {
    Watcher watcher("mine");
    fixture::Writer writer("mine");
    const auto noticed = [&watcher] {
      watcher.update();
      CHECK(watcher.isTouched());
      CHECK(watcher.generation() == currentGeneration());
      watcher.reset();
      CHECK(!watcher.isTouched());
      CHECK(!watcher.generation());
    };
    writer.makeTable();
    noticed();
    writer.makeChain("a");
    noticed();
    Set set;
    set.name = "ports";
    set.key_type = 13;  // inet_service of nft(8)
    set.key_length = 2;
    writer.commit(NewSet{set});
    noticed();
    Element port;
    port.key = {0, 80};
    writer.commit(NewElements{"ports", {port}});
    noticed();
    writer.commit(DeleteElements{"ports", {port}});
    noticed();
    writer.commit(DeleteTable{});
    noticed();
  });
}

TEST("nftables/watcher",
     "is not touched by what happens to other tables, but knows the generation") {
  fixture::inOwnNamespace([] {
    Watcher watcher("mine");
    for (const char *const table : {"other", "mine2", "min"}) {
      fixture::Writer writer(table);
      writer.makeTable();
      writer.makeChain("mine");
    }
    watcher.update();
    CHECK(!watcher.isTouched());
    CHECK(watcher.generation() == currentGeneration());
  });
}

TEST("nftables/watcher", "without a name is touched by what happens to any table") {
  fixture::inOwnNamespace([] {
    Watcher watcher("");
    fixture::Writer writer("other");
    writer.makeTable();
    watcher.update();
    CHECK(watcher.isTouched());
    watcher.reset();
    watcher.update();
    CHECK(!watcher.isTouched());
  });
}

TEST("nftables/watcher", "is touched where announcements were lost") {
  fixture::inOwnNamespace([] {
    Watcher watcher("mine");
    const auto makeRoom = [&watcher](int bytes) {
      CHECK_EQUAL(::setsockopt(watcher.fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
    };
    makeRoom(1);
    fixture::Writer writer("other");
    writer.makeTable();
    for (int i = 0; i < 64; ++i) writer.makeChain(("chain-" + std::to_string(i)).c_str());
    watcher.update();
    CHECK(watcher.isTouched());
    // From here on it hears everything again.
    watcher.reset();
    makeRoom(100'000);
    writer.commit(DeleteTable{});
    watcher.update();
    CHECK(!watcher.isTouched());
    CHECK(watcher.generation() == currentGeneration());
  });
}

TEST("nftables/watcher", "forgets on reset() what has come and was not looked at") {
  fixture::inOwnNamespace([] {
    Watcher watcher("mine");
    fixture::Writer("mine").makeTable();
    watcher.reset();
    watcher.update();
    CHECK(!watcher.isTouched());
    CHECK(!watcher.generation());
  });
}
