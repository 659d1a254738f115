#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "util/bytes.h"
#include "util/family.h"

/** The C++ types of the values in lib/model/table-rule.ts. */
namespace portshift::xt {

/** An address in network byte order. IPv4 uses the first four bytes. */
using Address = std::array<std::uint8_t, 16>;

constexpr std::size_t addressSize(Family family) {
  return family == Family::kIpv4 ? 4 : 16;
}

struct AddressSpec {
  Address address{};
  Address mask{};
  bool invert = false;
};

struct InterfaceSpec {
  std::string name;
  bool invert = false;
};

struct PortSpan {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
};

/**
 * A match or target as the kernel stores it: its name, its revision and the bytes of its struct.
 */
struct Extension {
  std::string name;
  std::uint8_t revision = 0;
  Bytes data;
};

/** The TCP flags that are tested, and those of them that must be set. */
struct TcpFlags {
  std::uint8_t mask = 0;
  std::uint8_t set = 0;
};

/**
 * A match of TCP packets. `syn` matches those that open a connection, `not_syn` all others, and
 * `flags` is any other test.
 */
struct TcpMatch {
  std::optional<PortSpan> destination_ports;
  bool syn = false;
  bool not_syn = false;
  std::optional<PortSpan> source_ports;
  std::optional<TcpFlags> flags;
};

struct UdpMatch {
  std::optional<PortSpan> destination_ports;
  std::optional<PortSpan> source_ports;
};

struct MarkMatch {
  std::uint32_t value = 0;
  std::uint32_t mask = 0;
};

struct ConntrackMatch {
  bool not_established = false;
  bool not_translated = false;
  bool direction_original = false;
  bool direction_reply = false;
};

/**
 * The names of the bits of XT_ADDRTYPE_* (linux/netfilter/xt_addrtype.h), from the lowest one up.
 */
constexpr std::array<const char *, 12> kAddressTypeNames{
    "unspec",    "unicast",     "local",    "broadcast", "anycast", "multicast",
    "blackhole", "unreachable", "prohibit", "throw",     "nat",     "xresolve"};

/** A match of the types of the destination, as bits of XT_ADDRTYPE_*. */
struct AddrtypeMatch {
  std::uint16_t types = 0;
  bool invert = false;
  /** True if the address is looked up on the interface that the packet came in on. */
  bool limit_interface = false;
};

/** A match of packets that belong to a socket other than a listener on the wildcard address. */
struct SocketMatch {};

struct CommentMatch {
  std::string comment;
};

using Match = std::variant<TcpMatch, UdpMatch, MarkMatch, ConntrackMatch, AddrtypeMatch,
                           SocketMatch, CommentMatch, Extension>;

struct RedirectTarget {
  std::uint16_t port = 0;
};

struct DnatTarget {
  std::optional<Address> address;
  std::uint16_t port = 0;
};

struct MarkTarget {
  std::uint32_t value = 0;
  std::uint32_t mask = 0;
};

struct RejectTarget {
  enum class With : std::uint8_t { kTcpReset, kPortUnreachable };
  With with = With::kPortUnreachable;
};

enum class Verdict : std::uint8_t { kAccept, kDrop, kReturn, kQueue };

struct JumpTarget {
  std::string chain;
  bool go_to = false;
};

/** The absence of a target: the rule only counts. */
struct NoTarget {};

using Target = std::variant<RedirectTarget, DnatTarget, MarkTarget, RejectTarget, Verdict,
                            JumpTarget, NoTarget, Extension>;

struct Rule {
  std::optional<std::uint8_t> protocol;
  std::optional<AddressSpec> source;
  std::optional<AddressSpec> destination;
  std::optional<InterfaceSpec> in_interface;
  std::optional<InterfaceSpec> out_interface;
  /** True if the entry has properties that have no field here. They are read, but never written. */
  bool other_flags = false;
  std::vector<Match> matches;
  Target target = NoTarget{};
};

struct Counters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
};

}  // namespace portshift::xt
