#pragma once

#include <optional>
#include <string>

#include "common/stop_signal.h"
#include "common/unique_fd.h"
#include "nft/watcher.h"

namespace portshift::nft {

/** Waits for changes of one table, on the thread that made it. */
class Listener {
 public:
  /**
   * Moves the calling thread into the namespace at that path; empty: it stays. Throws an Error of
   * kind kNamespace or kOpen.
   */
  Listener(const std::string& network_namespace, const std::string& table);

  /**
   * Waits until the table may have been changed since the last call; false: the signal was raised.
   * Throws an Error of kind kOpen.
   */
  bool wait(StopSignal& stop);

  /** The last call: closes what it has open. */
  void close();

 private:
  /** An eventfd(2), readable once the signal was raised. */
  UniqueFd stopped_;
  std::optional<Watcher> watcher_;
};

}  // namespace portshift::nft
