#pragma once

#include <string>
#include <string_view>

#include "iptables/table.h"
#include "util/bytes.h"

namespace portshift::iptc {

/** An interface that receives the results of visitOwned(). */
class OwnedVisitor {
 public:
  OwnedVisitor() = default;
  OwnedVisitor(const OwnedVisitor&) = delete;
  OwnedVisitor& operator=(const OwnedVisitor&) = delete;
  virtual ~OwnedVisitor() = default;

  /** Visits an own chain; its rules follow. */
  virtual void chain(const Chain& chain) = 0;
  virtual void rule(const std::string& chain, const Bytes& canonical, xt::Counters counters) = 0;
  /** Visits a rule of another chain that jumps to an own chain. */
  virtual void jump(const std::string& chain, const Bytes& canonical, xt::Counters counters) = 0;
};

/**
 * Visits the chains whose names begin with `prefix` (own chains), and the rules of other chains
 * that jump to them.
 */
void visitOwned(const Table& table, std::string_view prefix, OwnedVisitor& visitor);

/** Does what visitOwned() does, for one chain. */
void visitOwnedIn(const Table& table, const Chain& chain, std::string_view prefix,
                  OwnedVisitor& visitor);

}  // namespace portshift::iptc
