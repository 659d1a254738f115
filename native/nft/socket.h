#pragma once

#include <libmnl/libmnl.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "common/bytes.h"

namespace portshift::nft {

/** What a call to receive() came to. */
enum class Received : std::uint8_t {
  kData,
  /** Nothing is waiting: the kernel answers while it is being sent to, so nothing will come either.
   */
  kNothing,
  /** Answers were lost for want of buffer space or memory (ENOBUFS, ENOMEM). */
  kOverrun,
};

/** A netlink socket to nfnetlink, in the network namespace of the thread that made it. */
class Socket {
 public:
  /** Throws an Error of kind kOpen. */
  Socket();

  /** Receives what is sent to that multicast group. Throws as the constructor. */
  void join(int group);

  /** For poll(2). */
  int fd() const { return mnl_socket_get_fd(socket_.get()); }

  std::uint32_t portId() const { return mnl_socket_get_portid(socket_.get()); }

  /** A sequence number that no earlier message had, the first of `count` of them. */
  std::uint32_t takeSequence(std::size_t count);

  /** All of it as one message to the kernel. Returns 0 or a positive errno. */
  int send(std::vector<iovec> parts);

  /** Bytes that arrived are in buffer() until the next call. Throws an Error of kind kOpen. */
  Received receive();
  ByteView buffer() const { return {buffer_.data(), received_}; }

  /** Throws away what is still waiting. */
  void drain();

 private:
  struct Close {
    void operator()(mnl_socket *socket) const { mnl_socket_close(socket); }
  };

  void makeRoomToSend(std::size_t size);

  std::unique_ptr<mnl_socket, Close> socket_;
  Bytes buffer_;
  std::size_t received_ = 0;
  std::uint32_t next_sequence_ = 1;
  std::size_t send_room_ = 0;
};

}  // namespace portshift::nft
