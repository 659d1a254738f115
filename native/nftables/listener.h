#pragma once

#include <optional>
#include <string>

#include "nftables/watcher.h"
#include "thread/stop_signal.h"
#include "util/unique_fd.h"

namespace portshift::nft {

/** Waits for changes of one table, on the thread that constructed it. */
class Listener {
 public:
  /**
   * Moves the calling thread into the network namespace at that path, unless the path is empty.
   * Throws an Error of kind kNamespace or kOpen.
   */
  Listener(const std::string& network_namespace, const std::string& table);

  /**
   * Waits until the table may have changed since the last call. Returns false if the signal was
   * raised. Throws an Error of kind kOpen.
   */
  bool wait(StopSignal& stop);

  /** Closes all descriptors. No other call may follow. */
  void close();

 private:
  /** An eventfd(2) that becomes readable when the signal is raised. */
  UniqueFd stopped_;
  std::optional<Watcher> watcher_;
};

}  // namespace portshift::nft
