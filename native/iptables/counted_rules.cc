#include "iptables/counted_rules.h"

#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_comment.h>

#include <cstring>

#include "iptables/codec/entry_elements.h"

namespace portshift::iptc {

namespace {

constexpr std::size_t kPage = 512;

std::string_view textAt(ByteView bytes, std::size_t offset, std::size_t longest) {
  const ByteView part = bytes.sub(offset, longest);
  const auto *const text = reinterpret_cast<const char *>(part.data());
  return {text, ::strnlen(text, part.size())};
}

/** Returns the comment of an entry, or an empty string if there is none. */
std::string_view commentOf(Family family, ByteView canonical) {
  for (xt::ElementIterator element(family, canonical); !element.atEnd(); element.next()) {
    if (element.isTarget()) return {};
    const std::size_t name = element.offset() + offsetof(xt_entry_match, u.user.name);
    if (textAt(canonical, name, XT_EXTENSION_MAXNAMELEN) != "comment") continue;
    return textAt(canonical, element.offset() + XT_ALIGN(sizeof(xt_entry_match)),
                  XT_MAX_COMMENT_LEN);
  }
  return {};
}

}  // namespace

void CountedRules::add(Family family, ByteView canonical, xt::Counters counters) {
  const std::string_view comment = commentOf(family, canonical);
  // Comments are separated by newlines.
  if (comment.empty() || comment.find('\n') != std::string_view::npos) return;
  packets_[std::string(comment)] += counters.packets;
}

std::vector<CountedPage> CountedRules::pages() const {
  std::vector<CountedPage> pages;
  for (const auto& [comment, packets] : packets_) {
    if (pages.empty() || pages.back().packets.size() == kPage) pages.emplace_back();
    CountedPage& page = pages.back();
    if (!page.comments.empty()) page.comments.push_back('\n');
    page.comments.append(comment);
    page.packets.push_back(static_cast<double>(packets));
  }
  return pages;
}

}  // namespace portshift::iptc
