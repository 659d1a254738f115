#pragma once

#include <string>

#include "nftables/message.h"
#include "nftables/request.h"
#include "nftables/snapshot.h"
#include "nftables/socket.h"

namespace portshift::nft {

/** Reads one `inet` table over a netlink socket. */
class TableReader {
 public:
  TableReader(Socket& socket, std::string table) : socket_(socket), table_(std::move(table)) {}

  /**
   * Reads the whole table in one consistent state: the read is repeated until the generation did
   * not change meanwhile, or two reads returned equal content. Throws an Error of kind kOpen.
   */
  Snapshot read();

  /**
   * Makes one attempt. The caller must find out whether the result is consistent. Throws as read().
   */
  Answered readOnce(Snapshot& snapshot);

 private:
  void readTables(Snapshot& snapshot);
  void readChains(Snapshot& snapshot);
  void readSets(Snapshot& snapshot);
  void readRules(Snapshot& snapshot);
  void readElements(Snapshot& snapshot, std::size_t set);

  void dump(const Message& request, const Visit& visit);

  Socket& socket_;
  std::string table_;
  /** The worst answer of the running attempt. */
  Answered answered_ = Answered::kWhole;
};

/**
 * Returns true if nf_tables is in use in the namespace: a base chain has a rule, or a policy other
 * than accept. Tables and chains without these have no effect; iptables-nft creates them when it
 * lists rules. Throws an Error of kind kOpen.
 */
bool isInUse(Socket& socket);

}  // namespace portshift::nft
