#pragma once

#include <cstdint>
#include <functional>

#include "common/bytes.h"
#include "common/unique_fd.h"
#include "conntrack/netlink_answer.h"
#include "conntrack/netlink_request.h"

namespace portshift::conntrack {

/**
 * A netlink socket (netlink(7)) in the namespace of the thread that first uses it, which is the
 * only one to use it. Failures are Errors of kind kConnections.
 */
class NetlinkSocket {
 public:
  /** `protocol` as NETLINK_NETFILTER; nothing is opened yet. */
  explicit NetlinkSocket(int protocol) : protocol_(protocol) {}

  using Visit = NetlinkAnswer::Visit;

  /**
   * Has `visit` see every message of a dump. Where the kernel says that what was dumped changed
   * meanwhile, or lost some of it, it begins again, after `restart`.
   * Returns the errno with which the kernel refused the request, or else 0.
   */
  int dump(NetlinkRequest request, const std::function<void()>& restart, const Visit& visit);

  /**
   * Has `visit` see the answer to a request with NLM_F_ACK or to a get; returns as dump() does.
   * Where the answer is lost it asks again, so what a request does must be no harm when done twice.
   */
  int execute(NetlinkRequest request, const Visit& visit = {});

  /**
   * As execute(), for a request that takes something away: what is gone when it is asked again was
   * taken by the request whose answer was lost.
   */
  int remove(NetlinkRequest request);

  /** It opens again when it is used again. */
  void close() { fd_ = UniqueFd(); }

 private:
  struct Answer {
    int code;
    /** From 0. */
    int attempt;
  };
  Answer ask(NetlinkRequest& request, const Visit& visit);
  void send(NetlinkRequest& request);
  /** As long as a dump goes on, a socket takes no other request (netlink_dump_start(): EBUSY). */
  void abandonDump() { close(); }
  /** False where some of it was lost, or changed meanwhile. */
  bool readDump(NetlinkAnswer& answer, const Visit& visit);
  ByteView received(std::size_t size) const { return ByteView(buffer_).sub(0, size); }
  /** Bytes received; 0 where messages were lost. */
  std::size_t receive();

  int protocol_;
  UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  Bytes buffer_;
};

}  // namespace portshift::conntrack
