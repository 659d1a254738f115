#include "conntrack/translated.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/unique_fd.h"
#include "conntrack/attributes.h"

namespace portshift::conntrack {

namespace {

constexpr std::size_t kReceiveSize = 65536;
constexpr std::uint16_t kMessageType = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_NEW;

bool sendDumpRequest(int fd) {
  struct {
    nlmsghdr header;
    nfgenmsg message;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_GET;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.message.nfgen_family = AF_UNSPEC;
  request.message.version = NFNETLINK_V0;
  return ::send(fd, &request, sizeof request, 0) == static_cast<ssize_t>(sizeof request);
}

std::optional<std::uint16_t> port(const Attributes& connection, std::uint16_t tuple,
                                  std::uint16_t number) {
  const auto protocol = connection.nested(tuple).nested(CTA_TUPLE_PROTO);
  const auto value = protocol.value<std::uint16_t>(number);
  return value ? std::optional(ntohs(*value)) : std::nullopt;
}

bool isOver(const Attributes& connection) {
  const auto state = connection.nested(CTA_PROTOINFO)
                         .nested(CTA_PROTOINFO_TCP)
                         .value<std::uint8_t>(CTA_PROTOINFO_TCP_STATE);
  return state == TCP_CONNTRACK_TIME_WAIT || state == TCP_CONNTRACK_CLOSE;
}

bool isTranslated(const Attributes& connection) {
  const std::uint32_t status = ntohl(connection.value<std::uint32_t>(CTA_STATUS).value_or(0));
  if ((status & IPS_DST_NAT) == 0 || isOver(connection)) return false;
  return port(connection, CTA_TUPLE_ORIG, CTA_PROTO_DST_PORT) !=
         port(connection, CTA_TUPLE_REPLY, CTA_PROTO_SRC_PORT);
}

enum class Verdict { kFound, kMore, kNone, kUnknown };

Verdict examine(const std::vector<char>& buffer, std::size_t size) {
  auto left = static_cast<unsigned int>(size);
  const auto *header = reinterpret_cast<const nlmsghdr *>(buffer.data());
  for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return Verdict::kNone;
    if (header->nlmsg_type == NLMSG_ERROR) return Verdict::kUnknown;
    if (header->nlmsg_type != kMessageType) continue;
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(nfgenmsg))) return Verdict::kUnknown;
    const auto *payload = static_cast<const char *>(NLMSG_DATA(header)) + sizeof(nfgenmsg);
    if (isTranslated(Attributes(payload, header->nlmsg_len - NLMSG_LENGTH(sizeof(nfgenmsg))))) {
      return Verdict::kFound;
    }
  }
  return Verdict::kMore;
}

}  // namespace

bool hasTranslatedConnections() {
  const UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
  if (!fd || !sendDumpRequest(fd.get())) return true;
  std::vector<char> buffer(kReceiveSize);
  for (;;) {
    const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return true;
    switch (examine(buffer, static_cast<std::size_t>(size))) {
      case Verdict::kMore:
        break;
      case Verdict::kNone:
        return false;
      case Verdict::kFound:
      case Verdict::kUnknown:
        return true;
    }
  }
}

}  // namespace portshift::conntrack
