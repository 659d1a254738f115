#include "nftables/user_data.h"

#include <string>

#include "check.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)
using nft::decodeComment;
using nft::encodeComment;

TEST("nftables/user_data", "reads the comments it wrote") {
  for (const std::size_t length : {0, 1, 9, 127, 128}) {
    const std::string comment(length, 'x');
    CHECK_EQUAL(decodeComment(encodeComment(comment)), comment);
  }
}

TEST("nftables/user_data", "cuts what nft would not read back") {
  CHECK_EQUAL(decodeComment(encodeComment(std::string(200, 'x'))).size(), nft::kLongestComment);
}

TEST("nftables/user_data", "finds the comment among other records") {
  Bytes records = nft::encodeOpenEnd();
  const Bytes comment = encodeComment("web");
  records.insert(records.end(), comment.begin(), comment.end());
  CHECK_EQUAL(decodeComment(records), "web");
}

TEST("nftables/user_data", "finds none in what is cut short") {
  const Bytes comment = encodeComment("web");
  for (std::size_t size = 0; size < comment.size(); ++size) {
    CHECK_EQUAL(decodeComment(ByteView(comment).sub(0, size)), "");
  }
  CHECK_EQUAL(decodeComment(Bytes{7, 200, 1}), "");
}
