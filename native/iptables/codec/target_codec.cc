#include "iptables/codec/target_codec.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_MARK.h>
#include <linux/netfilter_ipv4/ipt_REJECT.h>
#include <linux/netfilter_ipv6/ip6t_REJECT.h>

#include "iptables/codec/extension_data.h"
#include "iptables/codec/invalid_rule.h"
#include "util/utf8.h"

namespace portshift::xt {

namespace {

constexpr std::string_view kVerdictNames[] = {"ACCEPT", "DROP", "RETURN", "QUEUE"};

template <class Protocol>
std::uint16_t portOf(const Protocol& protocol) {
  return ntohs(protocol.all);
}

static_assert(kLongestChainName + 1 == XT_EXTENSION_MAXNAMELEN);

class Encoder {
 public:
  explicit Encoder(Family family) : family_(family) {}

  Extension operator()(const RedirectTarget& target) const {
    if (family_ == Family::kIpv4) {
      nf_nat_ipv4_multi_range_compat info{};
      info.rangesize = 1;
      info.range[0].flags = NF_NAT_RANGE_PROTO_SPECIFIED;
      info.range[0].min.all = info.range[0].max.all = htons(target.port);
      return packExtension("REDIRECT", 0, info);
    }
    nf_nat_range info{};
    info.flags = NF_NAT_RANGE_PROTO_SPECIFIED;
    info.min_proto.all = info.max_proto.all = htons(target.port);
    return packExtension("REDIRECT", 0, info);
  }

  Extension operator()(const DnatTarget& target) const {
    nf_nat_range2 info{};
    info.flags = NF_NAT_RANGE_PROTO_SPECIFIED;
    info.min_proto.all = info.max_proto.all = htons(target.port);
    if (target.address) {
      info.flags |= NF_NAT_RANGE_MAP_IPS;
      std::memcpy(&info.min_addr, target.address->data(), addressSize(family_));
      info.max_addr = info.min_addr;
    }
    return packExtension("DNAT", 2, info);
  }

  Extension operator()(const MarkTarget& target) const {
    xt_mark_tginfo2 info{};
    info.mark = target.value;
    info.mask = target.mask;
    return packExtension("MARK", 2, info);
  }

  Extension operator()(const RejectTarget& target) const {
    const bool reset = target.with == RejectTarget::With::kTcpReset;
    if (family_ == Family::kIpv4) {
      ipt_reject_info info{};
      info.with = reset ? IPT_TCP_RESET : IPT_ICMP_PORT_UNREACHABLE;
      return packExtension("REJECT", 0, info);
    }
    ip6t_reject_info info{};
    info.with = reset ? IP6T_TCP_RESET : IP6T_ICMP6_PORT_UNREACH;
    return packExtension("REJECT", 0, info);
  }

  Extension operator()(Verdict verdict) const { return standardTarget(verdictName(verdict)); }

  Extension operator()(const JumpTarget& target) const {
    if (!isChainName(target.chain)) {
      throw InvalidRule("a chain's name has 1 to " + std::to_string(kLongestChainName) + " bytes");
    }
    if (verdictNamed(target.chain)) {
      throw InvalidRule("a jump leads to a chain, " + target.chain + " is a verdict");
    }
    return standardTarget(target.chain);
  }

  Extension operator()(const NoTarget& /*target*/) const { return standardTarget(""); }

  Extension operator()(const Extension& target) const {
    if (target.revision == kStandardRevision) throw InvalidRule("no target has this revision");
    return target;
  }

 private:
  Family family_;
};

std::optional<std::uint16_t> redirectPort(Family family, const Extension& extension) {
  if (family == Family::kIpv4) {
    const auto info = unpackExtension<nf_nat_ipv4_multi_range_compat>(extension, "REDIRECT", 0);
    if (info) return portOf(info->range[0].min);
  } else {
    const auto info = unpackExtension<nf_nat_range>(extension, "REDIRECT", 0);
    if (info) return portOf(info->min_proto);
  }
  return std::nullopt;
}

std::optional<Target> decodeRejection(Family family, const Extension& extension) {
  // In the kernel's structs this is an enum; a foreign rule may contain a value outside of it.
  struct Info {
    std::uint32_t with;
  };
  static_assert(sizeof(Info) == sizeof(ipt_reject_info) &&
                sizeof(Info) == sizeof(ip6t_reject_info));
  const auto info = unpackExtension<Info>(extension, "REJECT", 0);
  if (!info) return std::nullopt;
  const std::uint32_t reset = family == Family::kIpv4 ? IPT_TCP_RESET : IP6T_TCP_RESET;
  return RejectTarget{info->with == reset ? RejectTarget::With::kTcpReset
                                          : RejectTarget::With::kPortUnreachable};
}

Target decodeStandard(const Extension& extension, bool go_to) {
  if (extension.name.empty()) return NoTarget{};
  if (const auto verdict = verdictNamed(extension.name)) return *verdict;
  return JumpTarget{extension.name, go_to};
}

std::optional<Target> decodeKnown(Family family, const Extension& extension) {
  if (const auto port = redirectPort(family, extension)) return RedirectTarget{*port};
  if (const auto info = unpackExtension<nf_nat_range2>(extension, "DNAT", 2)) {
    DnatTarget target;
    target.port = portOf(info->min_proto);
    if ((info->flags & NF_NAT_RANGE_MAP_IPS) != 0) {
      Address address{};
      std::memcpy(address.data(), &info->min_addr, addressSize(family));
      target.address = address;
    }
    return target;
  }
  if (const auto info = unpackExtension<xt_mark_tginfo2>(extension, "MARK", 2)) {
    return MarkTarget{info->mark, info->mask};
  }
  return decodeRejection(family, extension);
}

}  // namespace

bool isChainName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestChainName &&
         name.find('\0') == std::string_view::npos;
}

Extension standardTarget(std::string_view name) {
  // The data leaves room for the verdict, which libiptc fills in: the whole target has
  // XT_ALIGN(sizeof(struct xt_standard_target)) bytes.
  return {std::string(name), kStandardRevision,
          Bytes(aligned(sizeof(xt_standard_target)) - sizeof(xt_entry_target))};
}

std::optional<Verdict> verdictNamed(std::string_view name) {
  const auto *const found = std::find(std::begin(kVerdictNames), std::end(kVerdictNames), name);
  if (found == std::end(kVerdictNames)) return std::nullopt;
  return static_cast<Verdict>(found - std::begin(kVerdictNames));
}

std::string_view verdictName(Verdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

Extension encodeTarget(Family family, const Target& target) {
  return std::visit(Encoder(family), target);
}

Target decodeTarget(Family family, Extension extension, bool go_to) {
  if (extension.revision == kStandardRevision) return decodeStandard(extension, go_to);
  const std::optional<Target> known = decodeKnown(family, extension);
  if (known && encodeTarget(family, *known).data == extension.data) return *known;
  return extension;
}

}  // namespace portshift::xt
