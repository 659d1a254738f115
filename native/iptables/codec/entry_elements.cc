#include "iptables/codec/entry_elements.h"

#include <netinet/in.h>

#include <cstring>

#include <linux/netfilter/x_tables.h>

#include "iptables/codec/entry_layout.h"
#include "iptables/codec/extension_data.h"
#include "iptables/codec/invalid_rule.h"

namespace portshift::xt {

static_assert(sizeof(xt_entry_match) == sizeof(xt_entry_target));

void appendElement(Bytes& entry, const Extension& extension) {
  xt_entry_match header{};
  const std::size_t size = sizeof header + aligned(extension.data.size());
  if (size > UINT16_MAX) throw InvalidRule(extension.name + ": too much data");
  if (extension.name.size() >= sizeof header.u.user.name) {
    throw InvalidRule(extension.name + ": the name of a match or target has at most " +
                      std::to_string(sizeof header.u.user.name - 1) + " bytes");
  }
  header.u.user.match_size = static_cast<std::uint16_t>(size);
  header.u.user.revision = extension.revision;
  std::memcpy(header.u.user.name, extension.name.data(), extension.name.size());

  const std::size_t offset = entry.size();
  entry.resize(offset + size);
  storeAt(entry, offset, header);
  std::copy(extension.data.begin(), extension.data.end(),
            entry.begin() + static_cast<std::ptrdiff_t>(offset + sizeof header));
}

ElementIterator::ElementIterator(Family family, ByteView entry) : entry_(entry) {
  withLayout(family, [this](auto layout) {
    using Entry = typename decltype(layout)::Entry;
    offset_ = sizeof(Entry);
    target_ = loadAt<Entry>(entry_).target_offset;
  });
  measure();
}

void ElementIterator::next() {
  offset_ += size_;
  measure();
}

void ElementIterator::measure() {
  size_ = 0;
  if (offset_ > target_ || offset_ + sizeof(xt_entry_match) > entry_.size()) return;
  const std::size_t size = loadAt<xt_entry_match>(entry_, offset_).u.user.match_size;
  if (size >= sizeof(xt_entry_match) && offset_ + size <= entry_.size()) size_ = size;
}

Extension ElementIterator::extension() const {
  const auto header = loadAt<xt_entry_match>(entry_, offset_);
  const ByteView data = entry_.sub(offset_, size_).sub(sizeof header, size_);
  const auto& user = header.u.user;
  return {std::string(user.name, ::strnlen(user.name, sizeof user.name)), user.revision,
          Bytes(data.begin(), data.end())};
}

}  // namespace portshift::xt
