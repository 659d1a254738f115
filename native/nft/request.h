#pragma once

#include <cstdint>
#include <functional>

#include "nft/attributes.h"
#include "nft/message.h"
#include "nft/socket.h"

namespace portshift::nft {

enum class Answered : std::uint8_t {
  kWhole,
  /** Something changed while the kernel was at it. */
  kInterrupted,
  /** A part of the answer was lost. */
  kLost,
};

/** Called with one object, as the kernel's message has it. */
using VisitMessage = std::function<void(const nlmsghdr *message)>;

/**
 * Asks the kernel for one object, or with NLM_F_DUMP for all of a kind, and calls `visit` for each.
 * Throws an Error of kind kOpen with the kernel's errno.
 */
Answered askForMessages(Socket& socket, const Message& request, const VisitMessage& visit);

/** Called with the family and the attributes of one object. */
using Visit = std::function<void(std::uint8_t family, const Attributes& attributes)>;

/** Asks as askForMessages() does. */
Answered ask(Socket& socket, const Message& request, const Visit& visit);

/** The family in a message's fixed part; 0 where the message is too short for one. */
std::uint8_t familyOf(const nlmsghdr *message);

}  // namespace portshift::nft
