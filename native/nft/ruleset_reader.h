#pragma once

#include "nft/request.h"
#include "nft/ruleset.h"
#include "nft/socket.h"

namespace portshift::nft {

/** Reads everybody's tables over a netlink socket. */
class RulesetReader {
 public:
  explicit RulesetReader(Socket& socket) : socket_(socket) {}

  /**
   * All of it in one state, however busy others are: it is read again until nothing has changed
   * meanwhile, or twice the same came out. Throws an Error of kind kOpen.
   */
  Ruleset read();

  /** One attempt: whether what it took is one state is for the caller to find out. Throws as
   * read(). */
  Answered readOnce(Ruleset& ruleset);

 private:
  void readElements(Ruleset& ruleset, std::size_t set);
  void dump(const Message& request, const VisitMessage& visit);

  Socket& socket_;
  /** The worst answer of the attempt under way. */
  Answered answered_ = Answered::kWhole;
};

}  // namespace portshift::nft
