#pragma once

#include <cstdint>
#include <functional>

#include "netlink/netlink_answer.h"
#include "netlink/netlink_request.h"
#include "util/bytes.h"
#include "util/unique_fd.h"

namespace portshift::conntrack {

/**
 * A netlink socket (netlink(7)) in the network namespace of the thread that uses it first; no other
 * thread may use it. Failures are Errors of kind kConnections.
 */
class NetlinkSocket {
 public:
  /** Sets a protocol such as NETLINK_NETFILTER. The socket is opened at first use. */
  explicit NetlinkSocket(int protocol) : protocol_(protocol) {}

  using Visit = NetlinkAnswer::Visit;

  /**
   * Calls `visit` for every message of a dump. If the kernel reports that the dumped objects
   * changed meanwhile, or loses messages, the dump starts over. `restart` is called before every
   * attempt. Returns the errno with which the kernel refused the request, or 0.
   */
  int dump(NetlinkRequest request, const std::function<void()>& restart, const Visit& visit);

  /**
   * Calls `visit` for the answer to a request with NLM_F_ACK or to a get. Returns what dump()
   * returns. A request whose answer is lost is sent again, so it must be harmless to carry it out
   * twice.
   */
  int execute(NetlinkRequest request, const Visit& visit = {});

  /**
   * Does what execute() does for a request that deletes an object: if the object no longer exists
   * when the request is repeated, the request whose answer was lost has deleted it.
   */
  int remove(NetlinkRequest request);

  /** Closes the socket. It is reopened at the next use. */
  void close() { fd_ = UniqueFd(); }

 private:
  struct Answer {
    int code;
    /** The number of the attempt, from 0. */
    int attempt;
  };
  Answer ask(NetlinkRequest& request, const Visit& visit);
  void send(NetlinkRequest& request);
  /**
   * Closes the socket, because it accepts no other request during a dump (netlink_dump_start():
   * EBUSY).
   */
  void abandonDump() { close(); }
  /** Returns false if messages were lost or objects changed meanwhile. */
  bool readDump(NetlinkAnswer& answer, const Visit& visit);
  ByteView received(std::size_t size) const { return ByteView(buffer_).sub(0, size); }
  /** Returns the number of bytes received, or 0 if messages were lost. */
  std::size_t receive();

  int protocol_;
  UniqueFd fd_;
  std::uint32_t sequence_ = 0;
  Bytes buffer_;
};

}  // namespace portshift::conntrack
