#include "nftables/element_list.h"

namespace portshift::nft {

void ElementList::add(std::size_t set, const Element& element) {
  Record record;
  record.offset = bytes_.size();
  record.set = static_cast<std::uint32_t>(set);
  record.ends_range = element.ends_range;
  record.counters = element.counters;
  // An attribute's length has 16 bits, so a part's size fits.
  const auto take = [this](const auto& part) {
    bytes_.insert(bytes_.end(), part.begin(), part.end());
    return static_cast<std::uint16_t>(part.size());
  };
  record.key_size = take(element.key);
  record.key_end_size = take(element.key_end);
  record.data_size = take(element.data);
  record.comment_size = take(element.comment);
  records_.push_back(record);
}

ListedElement ElementList::at(std::size_t index) const {
  const Record& record = records_.at(index);
  std::size_t offset = record.offset;
  const auto next = [this, &offset](std::size_t size) {
    const ByteView part = ByteView(bytes_).sub(offset, size);
    offset += size;
    return part;
  };
  ListedElement element;
  element.set = record.set;
  element.ends_range = record.ends_range;
  element.counters = record.counters;
  element.key = next(record.key_size);
  element.key_end = next(record.key_end_size);
  element.data = next(record.data_size);
  const ByteView comment = next(record.comment_size);
  element.comment = {reinterpret_cast<const char *>(comment.data()), comment.size()};
  return element;
}

}  // namespace portshift::nft
