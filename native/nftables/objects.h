#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nftables/attributes.h"
#include "nftables/expression.h"
#include "nftables/message.h"

namespace portshift::nft {

// Tables, chains, sets and rules as values. The numbers are those of linux/netfilter/nf_tables.h.

struct Table {
  std::uint32_t flags = 0;
  /** The netlink port of the process that owns the table (NFT_TABLE_F_OWNER). */
  std::optional<std::uint32_t> owner;
  /** The number of chains, sets and other objects in the table. */
  std::uint32_t use = 0;
};

/** A base chain, or a regular chain if there is no hook. */
struct Chain {
  std::string name;
  std::string type;
  std::optional<std::uint32_t> hook;
  std::int32_t priority = 0;
  std::uint32_t policy = 1;
};

/** A set, or a map if it has a data type. */
struct Set {
  std::string name;
  std::uint32_t flags = 0;
  std::uint32_t key_type = 0;
  std::uint32_t key_length = 0;
  std::uint32_t data_type = 0;
  std::uint32_t data_length = 0;
  /** The lengths of a concatenation's fields. They are written but never read. */
  std::vector<std::uint32_t> fields;
  /** True if the elements count the packets that match them. */
  bool counter = false;
  /** Byte orders and the like for nft(8). They are written but never read. */
  Bytes user_data;
};

struct Rule {
  std::string chain;
  std::uint64_t handle = 0;
  Expressions expressions;
  std::string comment;
};

void putChain(Message& message, const Chain& chain);
/** Appends a set. `id` identifies it among the sets of the same batch. */
void putSet(Message& message, const Set& set, std::uint32_t id);
void putRule(Message& message, const Rule& rule);

Table readTable(const Attributes& attributes);
Chain readChain(const Attributes& attributes);
Set readSet(const Attributes& attributes);
Rule readRule(const Attributes& attributes);

}  // namespace portshift::nft
