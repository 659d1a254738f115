#pragma once

#include <cstdint>
#include <functional>

#include "nftables/attributes.h"
#include "nftables/message.h"
#include "nftables/socket.h"

namespace portshift::nft {

enum class Answered : std::uint8_t {
  kWhole,
  /** The ruleset changed during the dump. */
  kInterrupted,
  /** A part of the answer was lost. */
  kLost,
};

/** A function that is called with one object, as a kernel message. */
using VisitMessage = std::function<void(const nlmsghdr *message)>;

/**
 * Requests one object from the kernel, or with NLM_F_DUMP all of a kind, and calls `visit` for
 * each. Throws an Error of kind kOpen with the kernel's errno.
 */
Answered askForMessages(Socket& socket, const Message& request, const VisitMessage& visit);

/** A function that is called with the family and the attributes of one object. */
using Visit = std::function<void(std::uint8_t family, const Attributes& attributes)>;

/** Does what askForMessages() does, with decoded attributes. */
Answered ask(Socket& socket, const Message& request, const Visit& visit);

/** Returns the family in a message's fixed part, or 0 if the message is too short for one. */
std::uint8_t familyOf(const nlmsghdr *message);

}  // namespace portshift::nft
