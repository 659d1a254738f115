#pragma once

#include <arpa/inet.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include <string>

#include "netlink/netlink_request.h"

/** What the kernel would say of one connection. */
struct Message {
  std::uint8_t protocol = IPPROTO_TCP;
  std::string client = "192.0.2.9";
  std::string server = "192.0.2.1";
  std::uint16_t client_port = 40000;
  std::uint16_t asked_port = 8445;
  std::uint16_t answering_port = 8443;
  std::uint32_t status = IPS_DST_NAT;
  std::uint8_t tcp_state = 3;
  std::uint8_t tcp_flags = 0;
  std::uint32_t id = 4711;

  /** The attributes, without any header. */
  portshift::Bytes bytes() const {
    using portshift::conntrack::NetlinkRequest;
    NetlinkRequest message(0, 0, std::uint32_t{0});
    tuple(message, CTA_TUPLE_ORIG, client, client_port, server, asked_port);
    tuple(message, CTA_TUPLE_REPLY, server, answering_port, client, client_port);
    message.addValue(CTA_STATUS, htonl(status));
    message.addValue(CTA_ID, id);
    if (protocol == IPPROTO_TCP) {
      message.nest(CTA_PROTOINFO, [&](NetlinkRequest& info) {
        info.nest(CTA_PROTOINFO_TCP, [&](NetlinkRequest& tcp) {
          tcp.addValue(CTA_PROTOINFO_TCP_STATE, tcp_state);
          const std::uint8_t flags[2] = {tcp_flags, 0};
          tcp.addValue(CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, flags);
        });
      });
    }
    const portshift::ByteView all = message.number(0);
    const portshift::ByteView attributes =
        all.sub(NLMSG_HDRLEN + sizeof(std::uint32_t), all.size());
    return {attributes.begin(), attributes.end()};
  }

 private:
  void tuple(portshift::conntrack::NetlinkRequest& message, std::uint16_t type,
             const std::string& source, std::uint16_t source_port, const std::string& destination,
             std::uint16_t destination_port) const {
    using portshift::conntrack::NetlinkRequest;
    message.nest(type, [&](NetlinkRequest& tuple) {
      tuple.nest(CTA_TUPLE_IP, [&](NetlinkRequest& ip) {
        const bool v6 = source.find(':') != std::string::npos;
        address(ip, v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, v6, source);
        address(ip, v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, v6, destination);
      });
      tuple.nest(CTA_TUPLE_PROTO, [&](NetlinkRequest& inner) {
        inner.addValue(CTA_PROTO_NUM, protocol);
        inner.addValue(CTA_PROTO_SRC_PORT, htons(source_port));
        inner.addValue(CTA_PROTO_DST_PORT, htons(destination_port));
      });
    });
  }

  static void address(portshift::conntrack::NetlinkRequest& ip, std::uint16_t type, bool v6,
                      const std::string& text) {
    std::uint8_t bytes[16];
    ::inet_pton(v6 ? AF_INET6 : AF_INET, text.c_str(), bytes);
    ip.add(type, portshift::ByteView(bytes, v6 ? 16 : 4));
  }
};
