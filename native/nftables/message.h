#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "util/bytes.h"

namespace portshift::nft {

/** The maximum size of a message in bytes. An attribute that nests others is limited to 65,535. */
constexpr std::size_t kLongestMessage = std::size_t{64} * 1024;

/**
 * One nfnetlink message under construction (linux/netfilter/nfnetlink.h). Numbers are written in
 * network byte order, as nf_tables expects them. Throws an Error of kind kInternal if the message
 * becomes too long.
 */
class Message {
 public:
  Message(std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource = 0);

  Message& put(std::uint16_t type, std::uint8_t value);
  Message& put(std::uint16_t type, std::uint32_t value);
  Message& put(std::uint16_t type, std::uint64_t value);
  Message& put(std::uint16_t type, const std::string& text);
  Message& put(std::uint16_t type, ByteView bytes);

  /** An attribute that contains all attributes which are put until it goes out of scope. */
  class Nest {
   public:
    Nest(Message& message, std::uint16_t type);
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;
    ~Nest();

   private:
    Message& message_;
    nlattr *start_;
  };

  std::size_t size() const { return header()->nlmsg_len; }
  ByteView bytes() const { return {buffer_->data(), size()}; }

 private:
  nlmsghdr *header() { return reinterpret_cast<nlmsghdr *>(buffer_->data()); }
  const nlmsghdr *header() const { return reinterpret_cast<const nlmsghdr *>(buffer_->data()); }
  Message& done(bool fits);
  /**
   * Zeroes the padding of the attribute at `start`, which older versions of libmnl leave as it is.
   */
  Message& padded(bool fits, std::size_t start);

  // The buffer is not zeroed, because it is long and most messages are short.
  std::unique_ptr<std::array<std::uint8_t, kLongestMessage>> buffer_;
};

/** Appends a plain value: `type` nests an NFTA_DATA_VALUE (nft_data_attributes). */
void putValue(Message& message, std::uint16_t type, ByteView bytes);

/** Returns an nfnetlink message type: the upper byte is the subsystem nf_tables. */
std::uint16_t messageType(std::uint16_t message);

}  // namespace portshift::nft
