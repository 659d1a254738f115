#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nft/socket.h"

namespace portshift::nft {

/**
 * Listens to what is changed in the ruleset from now on (NFNLGRP_NFTABLES), and so knows that a
 * table is as it was, however much others change. The kernel has more to do for every change while
 * somebody listens.
 */
class Watcher {
 public:
  /** An empty name stands for every table. Throws an Error of kind kOpen. */
  explicit Watcher(std::string table);

  /** Readable for poll(2) when something has happened that update() has not seen. */
  int fd() const { return socket_.fd(); }

  /** Takes note of what has happened until now. */
  void update();

  /** Forgets what has happened until now. */
  void reset();

  /** Whether the table may have been changed. */
  bool isTouched() const { return touched_; }
  /** That of the last change; nothing where there was none. */
  std::optional<std::uint32_t> generation() const { return generation_; }

 private:
  void take(const nlmsghdr *header);

  Socket socket_;
  std::string table_;
  bool touched_ = false;
  std::optional<std::uint32_t> generation_;
};

}  // namespace portshift::nft
