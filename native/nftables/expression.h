#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "util/bytes.h"

namespace portshift::nft {

// The expressions of rules, one struct for each expression that portshift writes. The numbers are
// those of linux/netfilter/nf_tables.h; registers are 1 to 4 (16 bytes) and 8 to 23 (4 bytes).

/** Loads packet metadata (NFT_META_*) into a register, or stores it from one. */
struct Meta {
  std::uint32_t key = 0;
  std::uint32_t reg = 0;
  bool stores = false;
};

struct Cmp {
  std::uint32_t op = 0;
  std::uint32_t sreg = 0;
  Bytes data;
};

struct Payload {
  std::uint32_t base = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t dreg = 0;
};

/** Computes dreg = (sreg & mask) ^ xor. */
struct Bitwise {
  std::uint32_t sreg = 0;
  std::uint32_t dreg = 0;
  Bytes mask;
  Bytes toggle;
};

struct Ct {
  std::uint32_t key = 0;
  std::uint32_t dreg = 0;
  std::optional<std::uint8_t> direction;
};

struct Fib {
  std::uint32_t flags = 0;
  std::uint32_t result = 0;
  std::uint32_t dreg = 0;
};

/** Looks up a register in a set, or in a map if `dreg` is set. */
struct Lookup {
  std::string set;
  std::uint32_t sreg = 0;
  std::optional<std::uint32_t> dreg;
  /** True if the rule goes on for keys that are not in the set (NFT_LOOKUP_F_INV). */
  bool invert = false;
};

struct Nat {
  std::uint32_t type = 0;
  std::uint32_t family = 0;
  std::optional<std::uint32_t> address_reg;
  std::optional<std::uint32_t> port_reg;
  /** The flags of nf_nat.h that the registers do not imply. */
  std::uint32_t flags = 0;
};

/** Rewrites the destination to the address of the interface on which the packet arrived. */
struct Redirect {
  std::optional<std::uint32_t> port_reg;
};

/**
 * Loads a property of the socket that a packet belongs to. Without a socket the rule does not
 * match.
 */
struct SocketKey {
  std::uint32_t key = 0;
  std::uint32_t dreg = 0;
};

/**
 * Sets the verdict register: NF_DROP, NF_ACCEPT or NFT_RETURN, or with a chain NFT_JUMP or
 * NFT_GOTO.
 */
struct Verdict {
  std::int32_t code = 0;
  std::string chain;
};

struct Reject {
  std::uint32_t type = 0;
  std::uint8_t code = 0;
};

/** An expression that portshift does not write. It is read but never written. */
struct Unknown {
  std::string name;
};

using Expression = std::variant<Meta, Cmp, Payload, Bitwise, Ct, Fib, Lookup, Nat, Redirect,
                                SocketKey, Verdict, Reject, Unknown>;

using Expressions = std::vector<Expression>;

}  // namespace portshift::nft
