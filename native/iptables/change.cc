#include "iptables/change.h"

namespace portshift::iptc {

void OperationBlock::add(OperationKind kind, std::string_view chain, ByteView entry) {
  records_.push_back({kind, static_cast<std::uint32_t>(bytes_.size()),
                      static_cast<std::uint32_t>(chain.size()),
                      static_cast<std::uint32_t>(entry.size())});
  bytes_.insert(bytes_.end(), chain.begin(), chain.end());
  bytes_.insert(bytes_.end(), entry.begin(), entry.end());
}

Operation OperationBlock::at(std::size_t index) const {
  const Record& record = records_[index];
  const ByteView bytes(bytes_);
  const ByteView chain = bytes.sub(record.offset, record.chain_size);
  return {record.kind, std::string_view(reinterpret_cast<const char *>(chain.data()), chain.size()),
          bytes.sub(record.offset + record.chain_size, record.entry_size)};
}

std::size_t Step::size() const {
  std::size_t size = 0;
  for (const OperationBlock& block : blocks) size += block.size();
  return size;
}

}  // namespace portshift::iptc
