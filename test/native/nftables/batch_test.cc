#include "nftables/batch.h"

#include <linux/netfilter/nf_tables.h>

#include <string>
#include <vector>

#include "check.h"
#include "nftables/kernel_answer.h"
#include "util/error.h"

using namespace portshift;       // NOLINT(google-build-using-namespace)
using namespace portshift::nft;  // NOLINT(google-build-using-namespace)

namespace {

std::vector<Element> manyElements(std::size_t count) {
  std::vector<Element> elements(count);
  for (std::size_t i = 0; i < count; ++i) {
    elements[i].key = {static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    elements[i].data = {1, 2};
    elements[i].comment = "name=" + std::to_string(i);
  }
  return elements;
}

std::size_t messagesIn(const Batch& batch) {
  std::size_t count = 0;
  for (const Bytes& block : batch.blocks()) {
    forEachMessage(block, [&count](const nlmsghdr *header) {
      ++count;
      CHECK(header->nlmsg_len <= kLongestMessage);
    });
  }
  return count;
}

}  // namespace

TEST("nftables/batch", "knows which operation a message is of") {
  Batch batch("portshift");
  batch.add(NewTable{});
  batch.add(NewElements{"s", manyElements(3)});
  batch.add(DeleteSet{"s"});
  CHECK_EQUAL(batch.messages(), 3U);
  CHECK_EQUAL(messagesIn(batch), 3U);
  for (std::size_t i = 0; i < 3; ++i) CHECK_EQUAL(batch.placeOf(i, 0).operation, i);
  CHECK(!batch.placeOf(0, 100).element);
}

TEST("nftables/batch", "splits a long list of elements, and still finds each") {
  constexpr std::size_t kCount = 5000;
  Batch batch("portshift");
  batch.add(NewElements{"s", manyElements(kCount)});
  CHECK(batch.messages() > 5);
  CHECK_EQUAL(messagesIn(batch), batch.messages());

  // Every element's own attribute is where it says that it is.
  std::size_t message = 0;
  std::size_t found = 0;
  for (const Bytes& block : batch.blocks()) {
    forEachMessage(block, [&](const nlmsghdr *header) {
      const Attributes attributes(header);
      forEachNested(attributes.find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr *each) {
        const auto offset = static_cast<std::size_t>(reinterpret_cast<const char *>(each) -
                                                     reinterpret_cast<const char *>(header));
        const Place place = batch.placeOf(message, offset);
        CHECK_EQUAL(place.operation, 0U);
        CHECK_EQUAL(place.element.value_or(kCount), found);
        CHECK_EQUAL(readElement(Attributes(each)).comment, "name=" + std::to_string(found));
        ++found;
      });
      ++message;
    });
  }
  CHECK_EQUAL(found, kCount);
}

TEST("nftables/batch", "adds up to nothing where the same elements come and go") {
  Batch batch("portshift");
  batch.add(NewElements{"s", manyElements(10)});
  CHECK(batch.hashDelta() != 0);
  CHECK(!batch.changesStructure());
  batch.add(DeleteElements{"s", manyElements(10)});
  CHECK_EQUAL(batch.hashDelta(), 0U);
  batch.add(DeleteElements{"other", manyElements(10)});
  batch.add(NewElements{"s", manyElements(10)});
  CHECK(batch.hashDelta() != 0);
  batch.add(DeleteTable{});
  CHECK(batch.changesStructure());
}

TEST("nftables/batch", "refuses what no message can carry, and stays as it was") {
  Batch batch("portshift");
  Rule rule;
  rule.chain = "c";
  for (int i = 0; i < 2000; ++i) rule.expressions.emplace_back(Cmp{0, 1, Bytes(100)});
  CHECK_THROWS(Error, batch.add(NewRule{rule, false}));
  CHECK_EQUAL(batch.messages(), 0U);
}
