#include "nftables/batch.h"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <utility>

namespace portshift::nft {

namespace {

constexpr std::size_t kBlock = std::size_t{64} * 1024;
/**
 * The size from which on an element list continues in another message: far below the limit of a
 * nest.
 */
constexpr std::size_t kFullMessage = std::size_t{32} * 1024;

}  // namespace

struct OperationEncoder {
  Batch& batch;

  void operator()(const NewTable& operation) const {
    Message message(messageType(NFT_MSG_NEWTABLE),
                    NLM_F_CREATE | (operation.exclusive ? NLM_F_EXCL : 0), batch.family_);
    message.put(NFTA_TABLE_NAME, batch.table_).put(NFTA_TABLE_FLAGS, operation.flags);
    send(message);
  }

  void operator()(const DeleteTable& /*operation*/) const {
    send(batch.start(NFT_MSG_DELTABLE, 0));
  }

  void operator()(const NewChain& operation) const {
    Message message = batch.start(NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL);
    putChain(message, operation.chain);
    send(message);
  }

  void operator()(const DeleteChain& operation) const {
    Message message = batch.start(NFT_MSG_DELCHAIN, 0);
    send(message.put(NFTA_CHAIN_NAME, operation.chain));
  }

  void operator()(const NewSet& operation) const {
    Message message = batch.start(NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL);
    putSet(message, operation.set, ++batch.sets_);
    send(message);
  }

  void operator()(const DeleteSet& operation) const {
    Message message = batch.start(NFT_MSG_DELSET, 0);
    send(message.put(NFTA_SET_NAME, operation.set));
  }

  void operator()(const NewRule& operation) const {
    // With NLM_F_ECHO the kernel returns the rule, and with it the rule's handle.
    Message message = batch.start(NFT_MSG_NEWRULE,
                                  NLM_F_CREATE | NLM_F_ECHO | (operation.first ? 0 : NLM_F_APPEND));
    putRule(message, operation.rule);
    send(message);
  }

  void operator()(const DeleteRule& operation) const {
    Message message = batch.start(NFT_MSG_DELRULE, 0);
    send(message.put(NFTA_RULE_CHAIN, operation.chain).put(NFTA_RULE_HANDLE, operation.handle));
  }

  void operator()(const NewElements& operation) const {
    batch.addElements(operation.set, operation.elements, true);
  }

  void operator()(const DeleteElements& operation) const {
    batch.addElements(operation.set, operation.elements, false);
  }

  void send(const Message& message) const {
    batch.changes_structure_ = true;
    batch.append(message, {batch.operations_, 0, {}});
  }
};

void Batch::add(const Operation& operation) {
  std::visit(OperationEncoder{*this}, operation);
  ++operations_;
}

// NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_SET_TABLE, NFTA_RULE_TABLE and NFTA_SET_ELEM_LIST_TABLE
// have the same number.
Message Batch::start(std::uint16_t type, std::uint16_t flags) const {
  Message message(messageType(type), flags, family_);
  message.put(NFTA_TABLE_NAME, table_);
  return message;
}

void Batch::append(const Message& message, MessageInfo info) {
  const ByteView bytes = message.bytes();
  if (blocks_.empty() || blocks_.back().size() + bytes.size() > kBlock) {
    blocks_.emplace_back();
    blocks_.back().reserve(std::max(bytes.size(), std::size_t{4096}));
  }
  // Message sizes are multiples of NLMSG_ALIGNTO, because libmnl pads every attribute.
  blocks_.back().insert(blocks_.back().end(), bytes.begin(), bytes.end());
  messages_.push_back(std::move(info));
}

void Batch::addElements(const std::string& set, const std::vector<Element>& elements, bool adds) {
  for (std::size_t next = 0; next < elements.size();) {
    Message message = adds ? start(NFT_MSG_NEWSETELEM, NLM_F_CREATE) : start(NFT_MSG_DELSETELEM, 0);
    message.put(NFTA_SET_ELEM_LIST_SET, set);
    MessageInfo info{operations_, next, {}};
    {
      const Message::Nest list(message, NFTA_SET_ELEM_LIST_ELEMENTS);
      for (; next < elements.size() && message.size() < kFullMessage; ++next) {
        info.offsets.push_back(static_cast<std::uint32_t>(message.size()));
        putElement(message, elements[next], adds);
        const std::uint64_t hash = hashElement(set, elements[next]);
        hash_delta_ += adds ? hash : ~hash + 1;
      }
    }
    append(message, std::move(info));
  }
}

Place Batch::placeOf(std::size_t message, std::size_t offset) const {
  const MessageInfo& info = messages_.at(message);
  Place place{info.operation, {}};
  const auto after = std::upper_bound(info.offsets.begin(), info.offsets.end(), offset);
  if (after != info.offsets.begin()) {
    place.element = info.first_element + static_cast<std::size_t>(after - info.offsets.begin()) - 1;
  }
  return place;
}

}  // namespace portshift::nft
