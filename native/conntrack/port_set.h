#pragma once

#include <bitset>
#include <cstdint>
#include <optional>

namespace portshift::conntrack {

struct PortSpan {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/** A set of ports. */
class PortSet {
 public:
  void add(PortSpan span) { fill(span, true); }
  void remove(PortSpan span) { fill(span, false); }

  bool contains(std::uint16_t port) const { return ports_[port]; }

  /** Returns the smallest span that contains all ports, or nothing if there are none. */
  std::optional<PortSpan> bounds() const {
    if (ports_.none()) return std::nullopt;
    std::size_t first = 0;
    std::size_t last = ports_.size() - 1;
    while (!ports_[first]) ++first;
    while (!ports_[last]) --last;
    return PortSpan{static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
  }

 private:
  void fill(PortSpan span, bool value) {
    for (std::uint32_t port = span.first; port <= span.last; ++port) ports_[port] = value;
  }

  std::bitset<65536> ports_;
};

}  // namespace portshift::conntrack
