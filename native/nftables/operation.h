#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "nftables/element.h"
#include "nftables/objects.h"

namespace portshift::nft {

// The operations of a batch on its table.

/**
 * Creates the table. If the table exists, this fails if `exclusive` is true; otherwise it sets the
 * table's flags.
 */
struct NewTable {
  std::uint32_t flags = 0;
  bool exclusive = true;
};

/** Deletes the table with everything in it. */
struct DeleteTable {};

struct NewChain {
  Chain chain;
};

struct DeleteChain {
  std::string chain;
};

struct NewSet {
  Set set;
};

struct DeleteSet {
  std::string set;
};

/** Adds a rule: before all rules of its chain if `first` is true, otherwise after them. */
struct NewRule {
  Rule rule;
  bool first = false;
};

struct DeleteRule {
  std::string chain;
  std::uint64_t handle = 0;
};

struct NewElements {
  std::string set;
  std::vector<Element> elements;
};

struct DeleteElements {
  std::string set;
  std::vector<Element> elements;
};

using Operation = std::variant<NewTable, DeleteTable, NewChain, DeleteChain, NewSet, DeleteSet,
                               NewRule, DeleteRule, NewElements, DeleteElements>;

}  // namespace portshift::nft
