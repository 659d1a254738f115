#include "nftables/table_reader.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "nftables/expression_encoder.h"
#include "nftables/read_consistently.h"
#include "nftables/request.h"
#include "util/error.h"
#include "util/hash.h"

namespace portshift::nft {

namespace {

Message dumpOf(std::uint16_t type) {
  return {messageType(type), NLM_F_DUMP, NFPROTO_INET};
}

bool isGone(const Error& error) {
  return error.failure().code == ENOENT;
}

std::uint64_t hashOf(const Chain& chain) {
  return Hash()
      .add(chain.name)
      .add(chain.type)
      .add(std::uint64_t{chain.hook.value_or(~0U)})
      .add(static_cast<std::uint64_t>(chain.priority))
      .add(std::uint64_t{chain.policy})
      .value();
}

std::uint64_t hashOf(const Set& set) {
  return Hash()
      .add(set.name)
      .add(std::uint64_t{set.flags})
      .add(std::uint64_t{set.key_type})
      .add(std::uint64_t{set.key_length})
      .add(std::uint64_t{set.data_type})
      .add(std::uint64_t{set.data_length})
      .add(std::uint64_t{set.counter ? 1U : 0U})
      .value();
}

/**
 * Hashes the content that portshift writes in rules. Of foreign expressions, such as counters, only
 * the name is included.
 */
std::uint64_t hashOf(const Rule& rule) {
  Hash hash;
  hash.add(rule.chain).add(rule.handle).add(rule.comment);
  Message written(messageType(NFT_MSG_NEWRULE), 0, NFPROTO_INET);
  for (const Expression& expression : rule.expressions) {
    if (const auto *const unknown = std::get_if<Unknown>(&expression)) {
      hash.add(unknown->name);
    } else {
      putExpression(written, expression);
    }
  }
  return hash.add(written.bytes()).value();
}

std::uint64_t structureHash(const Snapshot& snapshot) {
  Hash hash;
  if (snapshot.table) {
    hash.add(std::uint64_t{snapshot.table->flags})
        .add(std::uint64_t{snapshot.table->owner.value_or(0)})
        .add(std::uint64_t{snapshot.table->use});
  }
  for (const Chain& chain : snapshot.chains) hash.add(hashOf(chain));
  for (const Set& set : snapshot.sets) hash.add(hashOf(set));
  for (const Rule& rule : snapshot.rules) hash.add(hashOf(rule));
  return hash.value();
}

}  // namespace

std::uint32_t readGeneration(Socket& socket) {
  const Message request(messageType(NFT_MSG_GETGEN), 0, NFPROTO_UNSPEC);
  std::uint32_t generation = 0;
  ask(socket, request, [&generation](std::uint8_t /*family*/, const Attributes& attributes) {
    generation = attributes.u32(NFTA_GEN_ID).value_or(0);
  });
  return generation;
}

bool isInUse(Socket& socket) {
  const Message request(messageType(NFT_MSG_GETCHAIN), NLM_F_DUMP, NFPROTO_UNSPEC);
  bool found = false;
  const Visit visit = [&found](std::uint8_t /*family*/, const Attributes& chain) {
    // The reference count of a base chain is its number of rules, because nothing else can refer to
    // it.
    if (!chain.has(NFTA_CHAIN_HOOK)) return;
    found = found || chain.u32(NFTA_CHAIN_USE).value_or(0) > 0 ||
            chain.u32(NFTA_CHAIN_POLICY).value_or(NF_ACCEPT) != NF_ACCEPT;
  };
  constexpr int kAttempts = 20;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (ask(socket, request, visit) == Answered::kWhole || found) return found;
  }
  // The ruleset changed during every attempt, so it is in use.
  return true;
}

Snapshot TableReader::read() {
  return readConsistently<Snapshot>(socket_,
                                    [this](Snapshot& snapshot) { return readOnce(snapshot); });
}

Answered TableReader::readOnce(Snapshot& snapshot) {
  answered_ = Answered::kWhole;
  snapshot.generation = readGeneration(socket_);
  try {
    readTables(snapshot);
    if (snapshot.table) {
      readChains(snapshot);
      readSets(snapshot);
      readRules(snapshot);
      for (std::size_t set = 0; set < snapshot.sets.size(); ++set) readElements(snapshot, set);
    }
  } catch (const Error& error) {
    // An object was deleted during the read.
    if (isGone(error)) return Answered::kLost;
    throw;
  }
  snapshot.structure_hash = structureHash(snapshot);
  return answered_;
}

void TableReader::readTables(Snapshot& snapshot) {
  const Message request(messageType(NFT_MSG_GETTABLE), NLM_F_DUMP, NFPROTO_UNSPEC);
  dump(request, [this, &snapshot](std::uint8_t family, const Attributes& attributes) {
    if (family == NFPROTO_INET && attributes.text(NFTA_TABLE_NAME) == table_) {
      snapshot.table = readTable(attributes);
    }
  });
}

void TableReader::readChains(Snapshot& snapshot) {
  dump(dumpOf(NFT_MSG_GETCHAIN),
       [this, &snapshot](std::uint8_t /*family*/, const Attributes& attributes) {
         // The kernel returns the chains of all tables.
         if (attributes.text(NFTA_CHAIN_TABLE) == table_) {
           snapshot.chains.push_back(readChain(attributes));
         }
       });
}

void TableReader::readSets(Snapshot& snapshot) {
  Message request = dumpOf(NFT_MSG_GETSET);
  request.put(NFTA_SET_TABLE, table_);
  dump(request, [&snapshot](std::uint8_t /*family*/, const Attributes& attributes) {
    snapshot.sets.push_back(readSet(attributes));
  });
}

void TableReader::readRules(Snapshot& snapshot) {
  Message request = dumpOf(NFT_MSG_GETRULE);
  request.put(NFTA_RULE_TABLE, table_);
  dump(request, [&snapshot](std::uint8_t /*family*/, const Attributes& attributes) {
    snapshot.rules.push_back(readRule(attributes));
  });
}

void TableReader::readElements(Snapshot& snapshot, std::size_t set) {
  const std::string& name = snapshot.sets[set].name;
  Message request = dumpOf(NFT_MSG_GETSETELEM);
  request.put(NFTA_SET_ELEM_LIST_TABLE, table_).put(NFTA_SET_ELEM_LIST_SET, name);
  dump(request, [&snapshot, &name, set](std::uint8_t /*family*/, const Attributes& attributes) {
    forEachNested(attributes.find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr *each) {
      const Element element = readElement(Attributes(each));
      snapshot.element_hash += hashElement(name, element);
      snapshot.elements.add(set, element);
    });
  });
}

void TableReader::dump(const Message& request, const Visit& visit) {
  answered_ = std::max(answered_, ask(socket_, request, visit));
}

}  // namespace portshift::nft
