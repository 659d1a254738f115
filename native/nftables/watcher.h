#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nftables/socket.h"

namespace portshift::nft {

/**
 * Listens to all later changes of the ruleset (NFNLGRP_NFTABLES), and so proves that a table has
 * not changed, however often others change. Every change costs the kernel more while a socket
 * listens.
 */
class Watcher {
 public:
  /**
   * Listens to changes of that table, or of every table if the name is empty. Throws an Error of
   * kind kOpen.
   */
  explicit Watcher(std::string table);

  /**
   * Returns a descriptor that is readable for poll(2) when there are events which update() has not
   * read.
   */
  int fd() const { return socket_.fd(); }

  /** Reads all events until now. */
  void update();

  /** Discards all events until now. */
  void reset();

  /** True if the table may have changed. */
  bool isTouched() const { return touched_; }
  /** The generation of the last change; nothing if there was none. */
  std::optional<std::uint32_t> generation() const { return generation_; }

 private:
  void take(const nlmsghdr *header);

  Socket socket_;
  std::string table_;
  bool touched_ = false;
  std::optional<std::uint32_t> generation_;
};

}  // namespace portshift::nft
