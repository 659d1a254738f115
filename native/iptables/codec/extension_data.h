#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <optional>
#include <string_view>

#include <linux/netfilter/x_tables.h>

#include "iptables/codec/rule.h"

namespace portshift::xt {

constexpr std::size_t aligned(std::size_t size) {
  return XT_ALIGN(size);
}

template <class Info>
Extension packExtension(std::string_view name, std::uint8_t revision, const Info& info) {
  Extension extension{std::string(name), revision, Bytes(aligned(sizeof info))};
  storeAt(extension.data, 0, info);
  return extension;
}

template <class Info>
std::optional<Info> unpackExtension(const Extension& extension, std::string_view name,
                                    std::uint8_t revision) {
  if (extension.name != name || extension.revision != revision ||
      extension.data.size() != aligned(sizeof(Info))) {
    return std::nullopt;
  }
  return loadAt<Info>(extension.data);
}

}  // namespace portshift::xt
