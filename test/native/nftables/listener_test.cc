#include "nftables/listener.h"

#include <future>
#include <memory>
#include <string>

#include "check.h"
#include "nftables/namespace.h"
#include "util/error.h"

using namespace portshift;       // NOLINT(google-build-using-namespace)
using namespace portshift::nft;  // NOLINT(google-build-using-namespace)

namespace {

/** A listener on a thread of its own, which is asked once at a time. */
class Listening {
 public:
  Listening()
      : listener_(std::async(std::launch::async, [] {
                    return std::make_unique<Listener>("", "mine");
                  }).get()) {}

  std::future<bool> wait() {
    return std::async(std::launch::async, [this] { return listener_->wait(stop_); });
  }
  void stop() { stop_.raise(); }
  void close() { listener_->close(); }

 private:
  StopSignal stop_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace

TEST("nftables/listener", "waits until its table is changed") {
  fixture::inOwnNamespace([] {
    Listening listening;
    auto changed = listening.wait();
    fixture::Writer writer("mine");
    writer.makeTable();
    CHECK(changed.get());
    changed = listening.wait();
    writer.makeChain("a");
    CHECK(changed.get());
  });
}

TEST("nftables/listener",
     "tells at once what has happened since it was last asked, and tells it once") {
  fixture::inOwnNamespace([] {
    Listening listening;
    fixture::Writer writer("mine");
    writer.makeTable();
    writer.makeChain("a");
    writer.makeChain("b");
    CHECK(listening.wait().get());
    auto again = listening.wait();
    listening.stop();
    CHECK(!again.get());
  });
}

TEST("nftables/listener", "does not wake for other tables") {
  fixture::inOwnNamespace([] {
    Listening listening;
    auto changed = listening.wait();
    fixture::Writer writer("other");
    writer.makeTable();
    writer.makeChain("mine");
    listening.stop();
    CHECK(!changed.get());
  });
}

TEST("nftables/listener",
     "ends when the signal is raised, before or while it waits, whenever that is") {
  fixture::inOwnNamespace([] {
    for (int i = 0; i < 200; ++i) {
      Listening listening;
      auto changed = listening.wait();
      listening.stop();
      CHECK(!changed.get());
      CHECK(!listening.wait().get());
      listening.close();
    }
  });
}

TEST("nftables/listener", "loses no change that is made while it begins to wait") {
  fixture::inOwnNamespace([] {
    Listening listening;
    fixture::Writer writer("mine");
    writer.makeTable();
    CHECK(listening.wait().get());
    for (int i = 0; i < 100; ++i) {
      auto changed = listening.wait();
      writer.makeChain(("chain-" + std::to_string(i)).c_str());
      CHECK(changed.get());
    }
    listening.stop();
  });
}

TEST("nftables/listener", "says which namespace it cannot enter") {
  try {
    Listener("/nonexistent/namespace", "mine");
    CHECK(!"nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.failure().kind == ErrorKind::kNamespace);
    CHECK(error.failure().message.find("/nonexistent/namespace") != std::string::npos);
  }
}
