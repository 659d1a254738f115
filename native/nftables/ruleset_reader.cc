#include "nftables/ruleset_reader.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cerrno>

#include "nftables/read_consistently.h"
#include "util/error.h"

namespace portshift::nft {

namespace {

/** Returns a request that dumps the objects of all families. */
Message dumpOfAll(std::uint16_t type) {
  return {messageType(type), NLM_F_DUMP, NFPROTO_UNSPEC};
}

}  // namespace

Ruleset RulesetReader::read() {
  return readConsistently<Ruleset>(socket_, [this](Ruleset& ruleset) { return readOnce(ruleset); });
}

Answered RulesetReader::readOnce(Ruleset& ruleset) {
  answered_ = Answered::kWhole;
  ruleset.generation = readGeneration(socket_);
  try {
    dump(dumpOfAll(NFT_MSG_GETTABLE),
         [&ruleset](const nlmsghdr *message) { ruleset.addTable(message); });
    dump(dumpOfAll(NFT_MSG_GETCHAIN),
         [&ruleset](const nlmsghdr *message) { ruleset.addChain(message); });
    dump(dumpOfAll(NFT_MSG_GETSET),
         [&ruleset](const nlmsghdr *message) { ruleset.addSet(message); });
    dump(dumpOfAll(NFT_MSG_GETRULE),
         [&ruleset](const nlmsghdr *message) { ruleset.addRule(message); });
    for (std::size_t set = 0; set < ruleset.sets(); ++set) readElements(ruleset, set);
  } catch (const Error& error) {
    // An object was deleted during the read.
    if (error.failure().code == ENOENT) return Answered::kLost;
    throw;
  }
  return answered_;
}

void RulesetReader::readElements(Ruleset& ruleset, std::size_t set) {
  const RulesetSet of = ruleset.set(set);
  Message request(messageType(NFT_MSG_GETSETELEM), NLM_F_DUMP, of.in.family);
  request.put(NFTA_SET_ELEM_LIST_TABLE, of.in.table).put(NFTA_SET_ELEM_LIST_SET, of.set.name);
  dump(request, [&ruleset, set](const nlmsghdr *message) { ruleset.addElements(set, message); });
}

void RulesetReader::dump(const Message& request, const VisitMessage& visit) {
  answered_ = std::max(answered_, askForMessages(socket_, request, visit));
}

}  // namespace portshift::nft
