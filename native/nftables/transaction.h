#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "nftables/batch.h"
#include "nftables/kernel_answer.h"
#include "nftables/socket.h"

namespace portshift::nft {

/** The kernel's handle of each rule that a commit added, with the index of its operation. */
using RuleHandles = std::vector<std::pair<std::size_t, std::uint64_t>>;

/** One batch, or several for different tables, sent to the kernel as one nfnetlink transaction. */
class Transaction {
 public:
  Transaction(Socket& socket, const Batch& batch) : Transaction(socket, {&batch}) {}
  /**
   * The batches must outlive the transaction. If there are several, an Error's step is the index of
   * its batch.
   */
  Transaction(Socket& socket, std::vector<const Batch *> batches)
      : socket_(socket), batches_(std::move(batches)) {}

  /**
   * Sends the batches, to be committed if the ruleset has that generation. Returns nothing if it
   * has another one, otherwise the handles of the first batch's rules. Throws an Error of kind
   * kCommit.
   */
  std::optional<RuleHandles> commit(std::uint32_t generation);

  /** Sends the batches followed by an operation that always fails. Throws as commit(). */
  void check();

 private:
  struct Refusal {
    std::size_t message = 0;
    KernelAnswer answer;
  };

  /** The batch of a message, and the message's number in it. */
  struct Origin {
    std::size_t batch = 0;
    std::size_t message = 0;
  };

  std::size_t messages() const;
  Origin originOf(std::size_t message) const;
  void send(std::uint32_t generation, bool commits);
  void collect();
  void take(const nlmsghdr *header);
  void throwIfRefused() const;

  Socket& socket_;
  std::vector<const Batch *> batches_;
  std::uint32_t sequence_ = 0;
  RuleHandles handles_;
  std::vector<Refusal> refusals_;
  /** The kernel's answer to the transaction as a whole. */
  std::optional<KernelAnswer> verdict_;
  bool acknowledged_ = false;
};

}  // namespace portshift::nft
