#pragma once

#include <string>
#include <string_view>

#include "common/bytes.h"
#include "iptc/table.h"

namespace portshift::iptc {

/** Takes in what visitOwned() finds. */
class OwnedVisitor {
 public:
  OwnedVisitor() = default;
  OwnedVisitor(const OwnedVisitor&) = delete;
  OwnedVisitor& operator=(const OwnedVisitor&) = delete;
  virtual ~OwnedVisitor() = default;

  /** An own chain; its rules follow. */
  virtual void chain(const Chain& chain) = 0;
  virtual void rule(const std::string& chain, const Bytes& canonical, xt::Counters counters) = 0;
  /** A rule of another chain that jumps to an own one. */
  virtual void jump(const std::string& chain, const Bytes& canonical, xt::Counters counters) = 0;
};

/** Visits the chains whose name begins with `prefix`, and the rules of other chains that jump to
 * them. */
void visitOwned(const Table& table, std::string_view prefix, OwnedVisitor& visitor);

/** What there is of that in one chain. */
void visitOwnedIn(const Table& table, const Chain& chain, std::string_view prefix,
                  OwnedVisitor& visitor);

}  // namespace portshift::iptc
