#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "nft/element.h"
#include "nft/objects.h"

namespace portshift::nft {

// What a batch can do to its table.

/** `exclusive`: an error where the table exists; else its flags are set. */
struct NewTable {
  std::uint32_t flags = 0;
  bool exclusive = true;
};

/** With everything in it. */
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

/** `first`: before the rules that are there; else after them. */
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
