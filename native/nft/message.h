#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "common/bytes.h"

namespace portshift::nft {

/** The most bytes one message may have. An attribute that nests others ends at 65,535. */
constexpr std::size_t kLongestMessage = std::size_t{64} * 1024;

/**
 * One nfnetlink message being built (linux/netfilter/nfnetlink.h). Numbers go out in network byte
 * order, as nf_tables wants them. Throws an Error of kind kInternal when it gets too long.
 */
class Message {
 public:
  Message(std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource = 0);

  Message& put(std::uint16_t type, std::uint8_t value);
  Message& put(std::uint16_t type, std::uint32_t value);
  Message& put(std::uint16_t type, std::uint64_t value);
  Message& put(std::uint16_t type, const std::string& text);
  Message& put(std::uint16_t type, ByteView bytes);

  /** An attribute that nests those that are put until it goes out of scope. */
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
  /** After an attribute was put at `start`: older versions of libmnl leave the padding as it is. */
  Message& padded(bool fits, std::size_t start);

  // Not zeroed: it is long, and most messages are short.
  std::unique_ptr<std::array<std::uint8_t, kLongestMessage>> buffer_;
};

/** A value as an nft_data_attributes of plain bytes: `type` nests NFTA_DATA_VALUE. */
void putValue(Message& message, std::uint16_t type, ByteView bytes);

/** "nf_tables" message numbers carry the subsystem in their upper byte. */
std::uint16_t messageType(std::uint16_t message);

}  // namespace portshift::nft
