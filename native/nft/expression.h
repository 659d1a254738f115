#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/bytes.h"

namespace portshift::nft {

// The expressions that rules are made of, one struct for each of those that portshift writes. The
// numbers are those of linux/netfilter/nf_tables.h; registers are 1 to 4 (16 bytes) and 8 to 23 (4
// bytes).

/** Loads packet metadata, or stores it: NFT_META_*. */
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

/** dreg = (sreg & mask) ^ xor. */
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

/** In a set, or with `dreg` in a map. */
struct Lookup {
  std::string set;
  std::uint32_t sreg = 0;
  std::optional<std::uint32_t> dreg;
  /** What is not in the set matches. */
  bool invert = false;
};

struct Nat {
  std::uint32_t type = 0;
  std::uint32_t family = 0;
  std::optional<std::uint32_t> address_reg;
  std::optional<std::uint32_t> port_reg;
  /** Those of nf_nat.h that the registers do not say already. */
  std::uint32_t flags = 0;
};

/** Rewrites the destination to the address of the interface the packet came in on. */
struct Redirect {
  std::optional<std::uint32_t> port_reg;
};

/** Loads what is known of the socket that a packet belongs to; without one the rule does not match.
 */
struct SocketKey {
  std::uint32_t key = 0;
  std::uint32_t dreg = 0;
};

/** Sets the verdict register: NF_DROP, NF_ACCEPT, NFT_RETURN, and with a chain NFT_JUMP or
 * NFT_GOTO. */
struct Verdict {
  std::int32_t code = 0;
  std::string chain;
};

struct Reject {
  std::uint32_t type = 0;
  std::uint8_t code = 0;
};

/** One that portshift does not write. Only ever read. */
struct Unknown {
  std::string name;
};

using Expression = std::variant<Meta, Cmp, Payload, Bitwise, Ct, Fib, Lookup, Nat, Redirect,
                                SocketKey, Verdict, Reject, Unknown>;

using Expressions = std::vector<Expression>;

}  // namespace portshift::nft
