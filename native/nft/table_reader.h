#pragma once

#include <string>

#include "nft/message.h"
#include "nft/request.h"
#include "nft/snapshot.h"
#include "nft/socket.h"

namespace portshift::nft {

/** Reads one `inet` table over a netlink socket. */
class TableReader {
 public:
  TableReader(Socket& socket, std::string table) : socket_(socket), table_(std::move(table)) {}

  /**
   * All of the table in one state, however busy others are: it is read again until nothing has
   * changed meanwhile, or twice the same came out. Throws an Error of kind kOpen.
   */
  Snapshot read();

  /** One attempt: whether what it took is one state is for the caller to find out. Throws as
   * read(). */
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
  /** The worst answer of the attempt under way. */
  Answered answered_ = Answered::kWhole;
};

/**
 * Whether anybody uses nf_tables in the namespace: a base chain has a rule, or a policy that does
 * not accept. Tables and chains without any do nothing; iptables-nft makes them when it lists.
 * Throws an Error of kind kOpen.
 */
bool isInUse(Socket& socket);

}  // namespace portshift::nft
