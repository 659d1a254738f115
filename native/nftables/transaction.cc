#include "nftables/transaction.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <string>
#include <utility>

#include "nftables/attributes.h"
#include "util/error.h"
#include "util/sandbox.h"

namespace portshift::nft {

namespace {

/** The name of a table that does not exist. check() would commit only if it existed. */
constexpr const char *kNoTable = "portshift-no-such-table";

Message boundary(std::uint16_t type) {
  return {type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES};
}

Bytes copyOf(const Message& message) {
  return {message.bytes().begin(), message.bytes().end()};
}

/** Assigns sequence numbers to the messages of a block. Returns the last message. */
nlmsghdr *number(Bytes& block, std::uint32_t& next) {
  auto left = static_cast<int>(block.size());
  auto *header = reinterpret_cast<nlmsghdr *>(block.data());
  nlmsghdr *last = nullptr;
  while (mnl_nlmsg_ok(header, left)) {
    header->nlmsg_seq = next++;
    last = header;
    header = mnl_nlmsg_next(header, &left);
  }
  return last;
}

Error refused(const KernelAnswer& answer) {
  Error error = Error::fromErrno(ErrorKind::kCommit, "nf_tables", answer.code);
  Failure& failure = error.failure();
  failure.left = Left::kNothing;
  failure.kernel_text = answer.text;
  if (!answer.text.empty()) failure.message.append(": ").append(answer.text);
  return error;
}

Error unanswered(Error error) {
  Failure& failure = error.failure();
  failure.kind = ErrorKind::kCommit;
  failure.left = Left::kPartial;
  failure.undo_error = "it may or may not have been made";
  return error;
}

}  // namespace

std::optional<RuleHandles> Transaction::commit(std::uint32_t generation) {
  if (messages() == 0) return RuleHandles{};
  send(generation, true);
  try {
    collect();
  } catch (Error& error) {
    throw unanswered(std::move(error));
  }
  throwIfRefused();
  if (verdict_ && verdict_->code == ERESTART) return {};
  if (verdict_) throw refused(*verdict_);
  if (!acknowledged_) {
    throw unanswered(Error(ErrorKind::kCommit, "the kernel's answer to a change was lost"));
  }
  return std::move(handles_);
}

void Transaction::check() {
  send(0, false);
  collect();
  throwIfRefused();
  if (verdict_) throw refused(*verdict_);
}

std::size_t Transaction::messages() const {
  std::size_t count = 0;
  for (const Batch *const batch : batches_) count += batch->messages();
  return count;
}

Transaction::Origin Transaction::originOf(std::size_t message) const {
  Origin origin{0, message};
  while (origin.message >= batches_[origin.batch]->messages()) {
    origin.message -= batches_[origin.batch]->messages();
    ++origin.batch;
  }
  return origin;
}

void Transaction::send(std::uint32_t generation, bool commits) {
  // Message 0 is the beginning of the batch; the messages of `batches_` follow from 1 on.
  Message begin = boundary(NFNL_MSG_BATCH_BEGIN);
  if (commits) begin.put(NFNL_BATCH_GENID, generation);
  std::vector<Bytes> parts{copyOf(begin)};
  for (const Batch *const batch : batches_) {
    parts.insert(parts.end(), batch->blocks().begin(), batch->blocks().end());
  }
  if (!commits) {
    Message fails(messageType(NFT_MSG_DELTABLE), 0, NFPROTO_INET);
    parts.push_back(copyOf(fails.put(NFTA_TABLE_NAME, std::string(kNoTable))));
  }
  sequence_ = socket_.takeSequence(messages() + 3);
  std::uint32_t next = sequence_;
  nlmsghdr *last = nullptr;
  for (Bytes& part : parts) last = number(part, next);
  // The kernel does not answer a successful batch unless an acknowledgement is requested. It is
  // requested for the last message, because not all kernel versions acknowledge the end of a batch.
  last->nlmsg_flags |= NLM_F_ACK;
  parts.push_back(copyOf(boundary(NFNL_MSG_BATCH_END)));
  number(parts.back(), next);

  std::vector<iovec> vectors;
  vectors.reserve(parts.size());
  for (Bytes& part : parts) vectors.push_back({part.data(), part.size()});
  socket_.drain();
  const int code = socket_.send(std::move(vectors));
  if (code != 0) {
    throw Error::fromErrno(ErrorKind::kCommit, "sendmsg", code, "to nf_tables")
        .withForbidden(forbiddenCall("sendmsg", code));
  }
}

void Transaction::collect() {
  for (;;) {
    switch (socket_.receive()) {
      case Received::kData:
        forEachMessage(socket_.buffer(), [this](const nlmsghdr *header) { take(header); });
        break;
      case Received::kOverrun:
        // Answers that were queued earlier are still there, and the first error is sufficient.
        break;
      case Received::kNothing:
        return;
    }
  }
}

void Transaction::take(const nlmsghdr *header) {
  const std::size_t number = header->nlmsg_seq - sequence_;
  if (number > messages() + 1) return;
  if (header->nlmsg_type == NLMSG_ERROR) {
    KernelAnswer answer = readAnswer(header);
    if (answer.code == 0) {
      acknowledged_ = true;
    } else if (number == 0) {
      verdict_ = std::move(answer);
    } else if (number <= messages()) {
      refusals_.push_back({number - 1, std::move(answer)});
    }
  } else if (header->nlmsg_type == messageType(NFT_MSG_NEWRULE) && number > 0 &&
             number <= messages()) {
    const auto handle = Attributes(header).u64(NFTA_RULE_HANDLE);
    const Origin origin = originOf(number - 1);
    if (handle && origin.batch == 0) {
      handles_.emplace_back(batches_[0]->placeOf(origin.message, 0).operation, *handle);
    }
  }
}

void Transaction::throwIfRefused() const {
  if (refusals_.empty()) return;
  const Refusal& first = refusals_.front();
  Error error = refused(first.answer);
  const Origin origin = originOf(first.message);
  const Place place = batches_[origin.batch]->placeOf(origin.message, first.answer.offset);
  if (batches_.size() > 1) error.failure().step = origin.batch;
  error.failure().operation = place.operation;
  error.failure().element = place.element;
  throw std::move(error);
}

}  // namespace portshift::nft
