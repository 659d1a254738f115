#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "nft/batch.h"
#include "nft/kernel_answer.h"
#include "nft/socket.h"

namespace portshift::nft {

/** The kernel's number for each rule that a commit made, with the index of its operation. */
using RuleHandles = std::vector<std::pair<std::size_t, std::uint64_t>>;

/** One batch, or several of different tables, on their way to the kernel as one nfnetlink
 * transaction. */
class Transaction {
 public:
  Transaction(Socket& socket, const Batch& batch) : Transaction(socket, {&batch}) {}
  /** They must outlive it. An error says as its step which of them it is about. */
  Transaction(Socket& socket, std::vector<const Batch *> batches)
      : socket_(socket), batches_(std::move(batches)) {}

  /**
   * Sends it, to be committed if the generation of the ruleset is this one. Nothing where it is
   * another one. Handles are those of the first batch's rules. Throws an Error of kind kCommit.
   */
  std::optional<RuleHandles> commit(std::uint32_t generation);

  /** Sends it with an operation behind it that is bound to fail. Throws as commit(). */
  void check();

 private:
  struct Refusal {
    std::size_t message = 0;
    KernelAnswer answer;
  };

  /** Which batch a message is of, and its number in there. */
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
  /** What the kernel said of the transaction as a whole. */
  std::optional<KernelAnswer> verdict_;
  bool acknowledged_ = false;
};

}  // namespace portshift::nft
