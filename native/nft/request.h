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

/** Called with the family and the attributes of one object. */
using Visit = std::function<void(std::uint8_t family, const Attributes& attributes)>;

/**
 * Asks the kernel for one object, or with NLM_F_DUMP for all of a kind, and calls `visit` for each.
 * Throws an Error of kind kOpen with the kernel's errno.
 */
Answered ask(Socket& socket, const Message& request, const Visit& visit);

}  // namespace portshift::nft
