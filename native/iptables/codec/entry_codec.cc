#include "iptables/codec/entry_codec.h"

#include <algorithm>
#include <string_view>

#include "iptables/codec/entry_elements.h"
#include "iptables/codec/entry_layout.h"
#include "iptables/codec/invalid_rule.h"
#include "iptables/codec/match_codec.h"
#include "iptables/codec/target_codec.h"

namespace portshift::xt {

namespace {

constexpr char kAnySuffix = '+';

template <class Field>
void encodeAddress(const std::optional<AddressSpec>& spec, Field& address, Field& mask,
                   std::uint8_t& inversions, std::uint8_t inversion) {
  if (!spec) return;
  Address masked{};
  for (std::size_t i = 0; i < masked.size(); ++i) masked[i] = spec->address[i] & spec->mask[i];
  std::memcpy(&address, masked.data(), sizeof address);
  std::memcpy(&mask, spec->mask.data(), sizeof mask);
  if (spec->invert) inversions |= inversion;
}

template <class Field>
std::optional<AddressSpec> decodeAddress(const Field& address, const Field& mask, bool invert) {
  AddressSpec spec;
  std::memcpy(spec.address.data(), &address, sizeof address);
  std::memcpy(spec.mask.data(), &mask, sizeof mask);
  spec.invert = invert;
  if (!invert && spec.mask == Address{}) return std::nullopt;
  return spec;
}

void encodeInterface(const std::optional<InterfaceSpec>& spec, char (&name)[IFNAMSIZ],
                     unsigned char (&mask)[IFNAMSIZ], std::uint8_t& inversions,
                     std::uint8_t inversion) {
  if (!spec) return;
  const std::string_view text = spec->name;
  if (text.empty() || text.size() >= IFNAMSIZ || text.find('\0') != std::string_view::npos) {
    throw InvalidRule("an interface's name has 1 to " + std::to_string(IFNAMSIZ - 1) + " bytes");
  }
  std::memcpy(name, text.data(), text.size());
  // The NUL is compared too, unless the name stands for a prefix.
  const std::size_t compared = text.back() == kAnySuffix ? text.size() - 1 : text.size() + 1;
  std::memset(mask, 0xff, compared);
  if (spec->invert) inversions |= inversion;
}

std::optional<InterfaceSpec> decodeInterface(const char (&name)[IFNAMSIZ], bool invert) {
  const std::string text(name, ::strnlen(name, IFNAMSIZ));
  if (text.empty()) return std::nullopt;
  return InterfaceSpec{text, invert};
}

template <class Layout>
Bytes encodeEntryAs(const Rule& rule) {
  typename Layout::Entry entry{};
  auto& header = Layout::header(entry);
  std::uint8_t& inversions = header.invflags;
  encodeAddress(rule.source, header.src, header.smsk, inversions, kInvertSource);
  encodeAddress(rule.destination, header.dst, header.dmsk, inversions, kInvertDestination);
  encodeInterface(rule.in_interface, header.iniface, header.iniface_mask, inversions,
                  kInvertInInterface);
  encodeInterface(rule.out_interface, header.outiface, header.outiface_mask, inversions,
                  kInvertOutInterface);
  if (rule.protocol) {
    header.proto = *rule.protocol;
    header.flags |= Layout::kProtocolFlag;
  }
  const auto *const jump = std::get_if<JumpTarget>(&rule.target);
  if (jump != nullptr && jump->go_to) header.flags |= Layout::kGotoFlag;

  Bytes bytes(sizeof entry);
  for (const Match& match : rule.matches) appendElement(bytes, encodeMatch(match));
  const std::size_t target_offset = bytes.size();
  appendElement(bytes, encodeTarget(Layout::kFamily, rule.target));
  if (bytes.size() > UINT16_MAX) throw InvalidRule("a rule has at most 65535 bytes");
  entry.target_offset = static_cast<std::uint16_t>(target_offset);
  entry.next_offset = static_cast<std::uint16_t>(bytes.size());
  storeAt(bytes, 0, entry);
  return bytes;
}

template <class Layout>
Rule decodeEntryAs(ByteView canonical) {
  auto entry = loadAt<typename Layout::Entry>(canonical);
  const auto& header = Layout::header(entry);
  const auto inverted = [&header](std::uint8_t flag) { return (header.invflags & flag) != 0; };
  Rule rule;
  rule.source = decodeAddress(header.src, header.smsk, inverted(kInvertSource));
  rule.destination = decodeAddress(header.dst, header.dmsk, inverted(kInvertDestination));
  rule.in_interface = decodeInterface(header.iniface, inverted(kInvertInInterface));
  rule.out_interface = decodeInterface(header.outiface, inverted(kInvertOutInterface));
  if (header.proto != 0) rule.protocol = static_cast<std::uint8_t>(header.proto);

  for (ElementIterator element(Layout::kFamily, canonical); !element.atEnd(); element.next()) {
    if (element.isTarget()) {
      const bool go_to = (header.flags & Layout::kGotoFlag) != 0;
      rule.target = decodeTarget(Layout::kFamily, element.extension(), go_to);
    } else {
      rule.matches.push_back(decodeMatch(element.extension()));
    }
  }
  return rule;
}

bool encodesTo(Family family, const Rule& rule, ByteView canonical) {
  try {
    return ByteView(encodeEntry(family, rule)) == canonical;
  } catch (const InvalidRule&) {
    return false;
  }
}

}  // namespace

Bytes encodeEntry(Family family, const Rule& rule) {
  if (rule.other_flags) throw InvalidRule("a rule with otherFlags is only ever read");
  return withLayout(family, [&rule](auto layout) { return encodeEntryAs<decltype(layout)>(rule); });
}

Rule decodeEntry(Family family, ByteView canonical) {
  Rule rule = withLayout(
      family, [canonical](auto layout) { return decodeEntryAs<decltype(layout)>(canonical); });
  rule.other_flags = !encodesTo(family, rule, canonical);
  return rule;
}

}  // namespace portshift::xt
