#pragma once

#include <libmnl/libmnl.h>
#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "util/bytes.h"

namespace portshift::nft {

/** The result of receive(). */
enum class Received : std::uint8_t {
  kData,
  /** No message is waiting. The kernel answers during the send, so none will come later either. */
  kNothing,
  /** Answers were lost because buffer space or memory was exhausted (ENOBUFS, ENOMEM). */
  kOverrun,
};

/** A netlink socket to nfnetlink, in the network namespace of the thread that constructed it. */
class Socket {
 public:
  /** Opens the socket. Throws an Error of kind kOpen. */
  Socket();

  /** Joins a multicast group. Throws as the constructor. */
  void join(int group);

  /** Returns the descriptor for poll(2). */
  int fd() const { return mnl_socket_get_fd(socket_.get()); }

  std::uint32_t portId() const { return mnl_socket_get_portid(socket_.get()); }

  /** Returns the first of `count` sequence numbers that no earlier message had. */
  std::uint32_t takeSequence(std::size_t count);

  /** Sends all parts as one message to the kernel. Returns 0 or a positive errno. */
  int send(std::vector<iovec> parts);

  /**
   * Receives without blocking. The bytes are in buffer() until the next call. Throws an Error of
   * kind kOpen.
   */
  Received receive();
  ByteView buffer() const { return {buffer_.data(), received_}; }

  /** Discards all waiting messages. */
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
