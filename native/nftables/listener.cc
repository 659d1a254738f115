#include "nftables/listener.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>

#include "util/error.h"
#include "util/network_namespace.h"

namespace portshift::nft {

namespace {

/**
 * Makes the signal write to an eventfd as long as this object lives, to wake a thread that polls
 * it.
 */
class WakeBy {
 public:
  WakeBy(StopSignal& stop, int fd) : stop_(stop) {
    stop_.wakeBy([fd] { ::eventfd_write(fd, 1); });
  }
  ~WakeBy() { stop_.wakeBy({}); }
  WakeBy(const WakeBy&) = delete;
  WakeBy& operator=(const WakeBy&) = delete;

 private:
  StopSignal& stop_;
};

}  // namespace

Listener::Listener(const std::string& network_namespace, const std::string& table)
    : stopped_(::eventfd(0, EFD_CLOEXEC)) {
  if (!stopped_) throw Error::fromErrno(ErrorKind::kOpen, "eventfd", errno);
  if (!network_namespace.empty()) enterNetworkNamespace(network_namespace);
  watcher_.emplace(table);
}

bool Listener::wait(StopSignal& stop) {
  const WakeBy wake(stop, stopped_.get());
  for (;;) {
    watcher_->update();
    if (watcher_->isTouched()) {
      // The caller reads the table after this, which covers all notifications received until now.
      watcher_->reset();
      return true;
    }
    std::array<pollfd, 2> fds{pollfd{watcher_->fd(), POLLIN, 0}, pollfd{stopped_.get(), POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) {
      throw Error::fromErrno(ErrorKind::kOpen, "poll", errno);
    }
    if (fds[1].revents != 0) return false;
  }
}

void Listener::close() {
  watcher_.reset();
  stopped_ = UniqueFd();
}

}  // namespace portshift::nft
