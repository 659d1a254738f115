#include "iptables/change.h"

#include "check.h"

using portshift::Bytes;
using portshift::ByteView;
using namespace portshift::iptc;

TEST("iptables/change", "a block gives back what was put in") {
  OperationBlock block;
  const Bytes entry{1, 2, 3};
  block.add(OperationKind::kCreateChain, "portshift", {});
  block.add(OperationKind::kDelete, "INPUT", entry);
  CHECK_EQUAL(block.size(), 2U);
  CHECK(block.at(0).kind == OperationKind::kCreateChain);
  CHECK_EQUAL(block.at(0).chain, "portshift");
  CHECK_EQUAL(block.at(0).entry.size(), 0U);
  CHECK_EQUAL(block.at(1).chain, "INPUT");
  CHECK(block.at(1).entry == ByteView(entry));

  Step step;
  step.blocks = {block, block};
  CHECK_EQUAL(step.size(), 4U);
}
