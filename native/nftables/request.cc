#include "nftables/request.h"

#include <linux/netfilter/nfnetlink.h>

#include <cerrno>

#include "nftables/kernel_answer.h"
#include "util/error.h"
#include "util/sandbox.h"

namespace portshift::nft {

namespace {

/** The state of the answer to one request. */
struct Answer {
  std::uint32_t sequence = 0;
  bool dumps = false;
  const VisitMessage& visit;
  bool interrupted = false;
  bool lost = false;
  bool ended = false;
  int code = 0;

  void take(const nlmsghdr *header) {
    if (header->nlmsg_seq != sequence) return;
    if ((header->nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
    switch (header->nlmsg_type) {
      case NLMSG_NOOP:
      case NLMSG_OVERRUN:
        break;
      case NLMSG_ERROR:
        code = readAnswer(header).code;
        ended = true;
        break;
      case NLMSG_DONE:
        ended = true;
        break;
      default:
        visit(header);
        if (!dumps) ended = true;
    }
  }
};

}  // namespace

std::uint8_t familyOf(const nlmsghdr *message) {
  const ByteView payload(mnl_nlmsg_get_payload(message), mnl_nlmsg_get_payload_len(message));
  return loadAt<nfgenmsg>(payload).nfgen_family;
}

Answered ask(Socket& socket, const Message& request, const Visit& visit) {
  return askForMessages(socket, request, [&visit](const nlmsghdr *message) {
    visit(familyOf(message), Attributes(message));
  });
}

Answered askForMessages(Socket& socket, const Message& request, const VisitMessage& visit) {
  // Messages of an earlier request that ended before its answer did are discarded: the kernel
  // refuses a dump while another one is running.
  socket.drain();
  Bytes message(request.bytes().begin(), request.bytes().end());
  auto *const header = reinterpret_cast<nlmsghdr *>(message.data());
  header->nlmsg_seq = socket.takeSequence(1);
  const int sent = socket.send({{message.data(), message.size()}});
  if (sent != 0) {
    throw Error::fromErrno(ErrorKind::kOpen, "sendmsg", sent, "to nf_tables")
        .withForbidden(forbiddenCall("sendmsg", sent));
  }

  Answer answer{header->nlmsg_seq, (header->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP, visit};
  while (!answer.ended) {
    switch (socket.receive()) {
      case Received::kData:
        forEachMessage(socket.buffer(), [&answer](const nlmsghdr *each) { answer.take(each); });
        break;
      case Received::kOverrun:
        answer.lost = true;
        break;
      case Received::kNothing:
        if (!answer.lost) throw Error(ErrorKind::kInternal, "nf_tables did not answer");
        return Answered::kLost;
    }
  }
  // A dump during which other processes change the ruleset may end in EINTR or EAGAIN.
  if (answer.lost || answer.code == EINTR || answer.code == EAGAIN) return Answered::kLost;
  if (answer.code != 0) {
    throw Error::fromErrno(ErrorKind::kOpen, "nf_tables", answer.code, "was asked for its rules");
  }
  return answer.interrupted ? Answered::kInterrupted : Answered::kWhole;
}

}  // namespace portshift::nft
