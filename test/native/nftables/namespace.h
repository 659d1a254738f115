#pragma once

#include <sched.h>

#include <cerrno>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "check.h"
#include "nftables/read_consistently.h"
#include "nftables/transaction.h"
#include "util/error.h"

namespace fixture {

/** Runs that on a thread in a network namespace of its own; threads that it starts are in there
 * too. */
template <class Body>
void inOwnNamespace(Body body) {
  std::optional<portshift::Error> failed;
  std::thread([&] {
    try {
      if (::unshare(CLONE_NEWNET) != 0) {
        throw portshift::Error::fromErrno(portshift::ErrorKind::kNamespace, "unshare", errno);
      }
      body();
    } catch (portshift::Error& error) {
      failed = std::move(error);
    }
  }).join();
  if (failed) throw std::move(*failed);
}

/** Commits to one table, over a socket of its own. */
class Writer {
 public:
  explicit Writer(std::string table) : table_(std::move(table)) {}

  void commit(const portshift::nft::Operation& operation) {
    portshift::nft::Batch batch(table_);
    batch.add(operation);
    const auto generation = portshift::nft::readGeneration(socket_);
    CHECK(portshift::nft::Transaction(socket_, batch).commit(generation).has_value());
  }

  void makeTable() { commit(portshift::nft::NewTable{}); }
  void makeChain(const char *name) {
    portshift::nft::Chain chain;
    chain.name = name;
    commit(portshift::nft::NewChain{chain});
  }

 private:
  std::string table_;
  portshift::nft::Socket socket_;
};

}  // namespace fixture
