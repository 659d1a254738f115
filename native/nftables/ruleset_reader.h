#pragma once

#include "nftables/request.h"
#include "nftables/ruleset.h"
#include "nftables/socket.h"

namespace portshift::nft {

/** Reads all tables of the network namespace over a netlink socket. */
class RulesetReader {
 public:
  explicit RulesetReader(Socket& socket) : socket_(socket) {}

  /**
   * Reads the whole ruleset in one consistent state: the read is repeated until the generation did
   * not change meanwhile, or two reads returned equal content. Throws an Error of kind kOpen.
   */
  Ruleset read();

  /**
   * Makes one attempt. The caller must find out whether the result is consistent. Throws as read().
   */
  Answered readOnce(Ruleset& ruleset);

 private:
  void readElements(Ruleset& ruleset, std::size_t set);
  void dump(const Message& request, const VisitMessage& visit);

  Socket& socket_;
  /** The worst answer of the running attempt. */
  Answered answered_ = Answered::kWhole;
};

}  // namespace portshift::nft
