#include "nftables/watcher.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <utility>

#include "nftables/attributes.h"
#include "nftables/kernel_answer.h"
#include "nftables/message.h"

namespace portshift::nft {

Watcher::Watcher(std::string table) : table_(std::move(table)) {
  socket_.join(NFNLGRP_NFTABLES);
}

void Watcher::update() {
  for (;;) {
    switch (socket_.receive()) {
      case Received::kData:
        forEachMessage(socket_.buffer(), [this](const nlmsghdr *header) { take(header); });
        break;
      case Received::kOverrun:
        touched_ = true;
        break;
      case Received::kNothing:
        return;
    }
  }
}

void Watcher::reset() {
  socket_.drain();
  touched_ = false;
  generation_.reset();
}

void Watcher::take(const nlmsghdr *header) {
  const Attributes attributes(header);
  if (header->nlmsg_type == messageType(NFT_MSG_NEWGEN)) {
    generation_ = attributes.u32(NFTA_GEN_ID);
  } else if (table_.empty() || attributes.text(NFTA_TABLE_NAME) == table_) {
    // The first attribute of every object names its table. The family is not compared.
    touched_ = true;
  }
}

}  // namespace portshift::nft
