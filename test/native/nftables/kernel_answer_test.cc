#include "nftables/kernel_answer.h"

#include <linux/netlink.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <string>

#include "check.h"

using namespace portshift;  // NOLINT(google-build-using-namespace)
using nft::readAnswer;

namespace {

/** A message of type NLMSG_ERROR, with the answered message inside unless capped. */
Bytes answer(int code, std::uint16_t flags, const std::string& text, std::uint32_t offset) {
  Bytes buffer(512);
  nlmsghdr *const header = mnl_nlmsg_put_header(buffer.data());
  header->nlmsg_type = NLMSG_ERROR;
  header->nlmsg_flags = flags;
  const bool capped = (flags & NLM_F_CAPPED) != 0;
  auto *const error = static_cast<nlmsgerr *>(
      mnl_nlmsg_put_extra_header(header, sizeof(nlmsgerr) + (capped ? 0 : 20)));
  error->error = code;
  error->msg.nlmsg_len = NLMSG_HDRLEN + 20;
  mnl_attr_put_strz(header, NLMSGERR_ATTR_MSG, text.c_str());
  mnl_attr_put_u32(header, NLMSGERR_ATTR_OFFS, offset);
  buffer.resize(header->nlmsg_len);
  return buffer;
}

nft::KernelAnswer read(const Bytes& bytes) {
  return readAnswer(reinterpret_cast<const nlmsghdr *>(bytes.data()));
}

}  // namespace

TEST("nftables/kernel_answer", "has the errno, the words and the place") {
  for (const std::uint16_t capped : {0, NLM_F_CAPPED}) {
    const auto flags = static_cast<std::uint16_t>(NLM_F_ACK_TLVS | capped);
    const nft::KernelAnswer read_back = read(answer(-ENOENT, flags, "no such thing", 36));
    CHECK_EQUAL(read_back.code, ENOENT);
    CHECK_EQUAL(read_back.text, "no such thing");
    CHECK_EQUAL(read_back.offset, 36U);
  }
}

TEST("nftables/kernel_answer", "has the errno alone where the kernel says no more") {
  const nft::KernelAnswer read_back = read(answer(-EBUSY, 0, "not said", 1));
  CHECK_EQUAL(read_back.code, EBUSY);
  CHECK_EQUAL(read_back.text, "");
  CHECK_EQUAL(read_back.offset, 0U);
}

TEST("nftables/kernel_answer", "has EPROTO for what no kernel answers") {
  for (const int code : {1, -4096, std::numeric_limits<int>::min()}) {
    CHECK_EQUAL(read(answer(code, 0, "", 0)).code, EPROTO);
  }
}

TEST("nftables/kernel_answer", "ends where a message is longer than what was received") {
  const Bytes whole = answer(-ENOENT, 0, "", 0);
  for (const std::uint32_t length :
       {0U, 15U, static_cast<std::uint32_t>(whole.size()) + 1, 0x8000'0000U, 0xffff'ffffU}) {
    Bytes received = whole;
    received.insert(received.end(), whole.begin(), whole.end());
    std::memcpy(received.data() + whole.size(), &length, sizeof length);
    int count = 0;
    nft::forEachMessage(received, [&count](const nlmsghdr * /*header*/) { ++count; });
    CHECK_EQUAL(count, 1);
  }
}

TEST("nftables/kernel_answer", "survives an answer that is cut short") {
  const Bytes whole = answer(-EINVAL, NLM_F_ACK_TLVS | NLM_F_CAPPED, "what", 4);
  for (std::size_t size = sizeof(nlmsghdr); size < whole.size(); ++size) {
    Bytes shorter(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto length = static_cast<std::uint32_t>(size);
    std::memcpy(shorter.data(), &length, sizeof length);
    CHECK(read(shorter).offset <= 4);
  }
}
