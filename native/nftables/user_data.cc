#include "nftables/user_data.h"

#include <algorithm>

namespace portshift::nft {

namespace {

constexpr std::uint8_t kComment = 0;
constexpr std::size_t kHeader = 2;

}  // namespace

Bytes encodeComment(const std::string& comment) {
  const std::size_t length = std::min(comment.size(), kLongestComment);
  Bytes record(kHeader + length + 1);
  record[0] = kComment;
  record[1] = static_cast<std::uint8_t>(length + 1);
  std::copy_n(comment.begin(), length, record.begin() + kHeader);
  return record;
}

Bytes encodeOpenEnd() {
  constexpr std::uint8_t kFlags = 1;
  constexpr std::uint32_t kIntervalOpen = 1;
  Bytes record(kHeader + sizeof kIntervalOpen);
  record[0] = kFlags;
  record[1] = sizeof kIntervalOpen;
  storeAt(record, kHeader, kIntervalOpen);
  return record;
}

std::string decodeComment(ByteView user_data) {
  while (user_data.size() >= kHeader) {
    const std::uint8_t type = user_data.data()[0];
    const std::size_t length = user_data.data()[1];
    const ByteView value = user_data.sub(kHeader, length);
    if (value.size() < length) break;
    if (type == kComment) return {value.begin(), std::find(value.begin(), value.end(), 0)};
    user_data = user_data.sub(kHeader + length, user_data.size());
  }
  return {};
}

}  // namespace portshift::nft
