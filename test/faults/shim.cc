// Preloaded into a process that changes rules. Counts the calls that the threads of the addons make
// into the kernel, and on request lets one of them fail, before or after it is really made, or
// kills the process there.
//
// Killed is a copy of the process, so that not every kill takes a new one: it is made by fork(2)
// where the thread begins to do what it was asked for, does everything from there on in the place
// of the thread, with the descriptors and locks that it takes itself, and dies by SIGKILL. To the
// thread that it was copied from every call fails from there on.
//
// What is requested, and what was counted, is in the file that PORTSHIFT_FAULTS names, as shim.ts
// writes and reads it.

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netlink.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace {

enum State : std::uint32_t { kOff, kArmed, kKilled };

enum Action : std::uint32_t {
  kNone,
  kFailBefore,
  kFailAfter,
  kKillBefore,
  kKillAfter,
  kRefuse,    // the kernel refuses one message of the batch that this call sends
  kFailFrom,  // every call of this name from here on fails before it is made
};

constexpr std::size_t kRecords = 4096;

struct Record {
  char name[24];
  std::uint32_t messages;  // of a batch, else 0
  std::uint32_t begins;    // the thread was idle before it
};

struct Control {
  std::uint32_t state;
  std::uint32_t action;
  std::uint32_t number;   // of the call, from 1
  std::int32_t error;     // an errno
  std::uint32_t message;  // of the batch, from 0; see kRefuse
  std::uint32_t calls;    // counted
  std::uint32_t fired;
  std::uint32_t answers;  // of the kernel to the refused message that are still to be altered
  std::uint32_t fork;     // the call at which the copy that is killed is made
  Record records[kRecords];
};

template <typename Function>
Function *next(const char *name) {
  return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, name));
}

/** Without the guard of a static variable: where threads meet there, that waits by syscall(2). */
decltype(syscall) *realSyscall() {
  static std::atomic<decltype(syscall) *> known{nullptr};
  if (known.load() == nullptr) known.store(next<decltype(syscall)>("syscall"));
  return known.load();
}

Control *mapControl() {
  const char *path = std::getenv("PORTSHIFT_FAULTS");
  if (path == nullptr) return nullptr;
  auto *const real = realSyscall();
  const int fd = static_cast<int>(real(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC));
  if (fd < 0) std::abort();
  void *const memory = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) std::abort();
  real(SYS_close, fd);
  return static_cast<Control *>(memory);
}

/** Null unless faults are armed and this is a thread of the addons. */
Control *armed() {
  static Control *const control = mapControl();
  if (control == nullptr || control->state == kOff) return nullptr;
  char name[16] = "";
  ::prctl(PR_GET_NAME, name);
  return std::strcmp(name, "portshift") == 0 ? control : nullptr;
}

[[noreturn]] void die() {
  std::raise(SIGKILL);
  std::abort();
}

thread_local bool idle = true;
thread_local bool forking = false;
bool is_copy = false;
std::atomic<int> lock_file = -1;

/** True in the copy; false in the process itself, once the copy is dead. */
bool liveAsCopy() {
  // What libuv does in a copy, by pthread_atfork(3), is no call of the addons.
  forking = true;
  const pid_t copy = ::fork();
  forking = false;
  if (copy < 0) std::abort();
  if (copy == 0) {
    is_copy = true;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    return true;
  }
  constexpr int kPatience = 10'000;
  for (int ms = 0; ::waitpid(copy, nullptr, WNOHANG) == 0; ++ms) {
    if (ms == kPatience) ::kill(copy, SIGKILL);
    ::usleep(1000);
  }
  // What the copy has locked is this process's own open file: the kernel unlocks it when the last
  // one closes it.
  if (lock_file >= 0) realSyscall()(SYS_flock, lock_file.load(), LOCK_UN);
  return false;
}

std::uint32_t count(Control& control, const char *name, std::uint32_t messages) {
  const std::uint32_t number = ++control.calls;
  if (number <= kRecords) {
    Record& record = control.records[number - 1];
    std::strncpy(record.name, name, sizeof record.name - 1);
    record.messages = messages;
    record.begins = idle ? 1 : 0;
  }
  idle = false;
  return number;
}

bool isMeant(const Control& control, std::uint32_t number, const char *name) {
  if (number == control.number) return true;
  return control.action == kFailFrom && number > control.number && control.number <= kRecords &&
         std::strcmp(control.records[control.number - 1].name, name) == 0;
}

/** What a call answers where it fails. */
template <typename Result>
Result failure(int error) {
  errno = error;
  if constexpr (std::is_pointer_v<Result>) {
    return nullptr;
  } else {
    return -1;
  }
}

/** The kernel closes what a dead process had open. */
template <typename Call>
auto callOfDead(const char *name, Call call) -> decltype(call()) {
  if (std::strcmp(name, "close") == 0) return call();
  return failure<decltype(call())>(EIO);
}

/** Makes the call, or not. */
template <typename Call>
auto through(const char *name, Call call, std::uint32_t messages = 0) -> decltype(call()) {
  Control *const control = armed();
  if (control == nullptr || forking) return call();
  if (control->state == kKilled) return callOfDead(name, call);
  const std::uint32_t number = count(*control, name, messages);
  if (number == control->fork && !is_copy && !liveAsCopy()) {
    control->state = kKilled;
    return callOfDead(name, call);
  }
  if (!isMeant(*control, number, name) || control->action == kRefuse) return call();
  control->fired += 1;
  switch (control->action) {
    case kKillBefore:
      die();
    case kKillAfter:
      call();
      die();
    case kFailAfter:
      call();
      [[fallthrough]];
    case kFailBefore:
    case kFailFrom:
      return failure<decltype(call())>(control->error);
    default:
      return call();
  }
}

const char *optionName(int level, int option, bool sets) {
  if (level != IPPROTO_IP && level != IPPROTO_IPV6) return sets ? "setsockopt" : "getsockopt";
  // IP6T_SO_* have the same numbers.
  if (sets && option == IPT_SO_SET_REPLACE) return "SET_REPLACE";
  if (sets && option == IPT_SO_SET_ADD_COUNTERS) return "ADD_COUNTERS";
  if (!sets && option == IPT_SO_GET_INFO) return "GET_INFO";
  if (!sets && option == IPT_SO_GET_ENTRIES) return "GET_ENTRIES";
  return sets ? "setsockopt" : "getsockopt";
}

std::vector<char> joined(const msghdr *message) {
  std::vector<char> bytes;
  for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
    const auto *begin = static_cast<const char *>(message->msg_iov[i].iov_base);
    bytes.insert(bytes.end(), begin, begin + message->msg_iov[i].iov_len);
  }
  return bytes;
}

/** Where the messages of a batch begin, that of its begin included and that of its end not; empty
 * where it is none. */
std::vector<std::size_t> messagesOf(const std::vector<char>& bytes) {
  std::vector<std::size_t> offsets;
  for (std::size_t at = 0; at + sizeof(nlmsghdr) <= bytes.size();) {
    nlmsghdr header{};
    std::memcpy(&header, bytes.data() + at, sizeof header);
    if (offsets.empty() && header.nlmsg_type != NFNL_MSG_BATCH_BEGIN) return {};
    if (header.nlmsg_type == NFNL_MSG_BATCH_END) return offsets;
    offsets.push_back(at);
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return offsets;
}

/** Makes the kernel refuse that message; the begin is given a generation that never was. */
void spoil(std::vector<char>& bytes, std::size_t offset, bool is_begin) {
  nlmsghdr header{};
  std::memcpy(&header, bytes.data() + offset, sizeof header);
  if (is_begin) {
    bytes[offset + header.nlmsg_len - 2] ^= 0x55;
    return;
  }
  header.nlmsg_type |= 0xff;
  std::memcpy(bytes.data() + offset, &header, sizeof header);
}

/** The kernel's errors in a datagram become the one that is asked for. */
void alterErrors(Control& control, char *bytes, std::size_t size) {
  for (std::size_t at = 0; at + NLMSG_HDRLEN + sizeof(nlmsgerr) <= size && control.answers > 0;) {
    nlmsghdr header{};
    std::memcpy(&header, bytes + at, sizeof header);
    if (header.nlmsg_len < sizeof header) return;
    std::int32_t error = 0;
    std::memcpy(&error, bytes + at + NLMSG_HDRLEN, sizeof error);
    if (header.nlmsg_type == NLMSG_ERROR && error == -EINVAL) {
      error = -control.error;
      std::memcpy(bytes + at + NLMSG_HDRLEN, &error, sizeof error);
      control.answers -= 1;
    }
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
}

ssize_t sendRefused(Control& control, int fd, const msghdr *message, int flags,
                    decltype(sendmsg) *real) {
  std::vector<char> bytes = joined(message);
  const auto offsets = messagesOf(bytes);
  if (control.message >= offsets.size()) return real(fd, message, flags);
  const bool is_begin = control.message == 0;
  spoil(bytes, offsets[control.message], is_begin);
  control.fired += 1;
  if (!is_begin) control.answers = 1;
  iovec part{bytes.data(), bytes.size()};
  msghdr spoilt = *message;
  spoilt.msg_iov = &part;
  spoilt.msg_iovlen = 1;
  return real(fd, &spoilt, flags);
}

/** The lists of the legacy tables have a name of their own: who may not read them may open all
 * else. */
int openThrough(const char *symbol, const char *path, int flags, mode_t mode) {
  const char *const name = std::strstr(path, "_tables_names") == nullptr ? "open" : "open list";
  auto *const real = next<int(const char *, int, ...)>(symbol);
  return through(name, [&] { return real(path, flags, mode); });
}

/** Of the calls that the C library has no function for. */
std::string syscallName(long number) {
  switch (number) {
    case SYS_capget:
      return "capget";
    case SYS_pidfd_getfd:
      return "pidfd_getfd";
    case SYS_pidfd_open:
      return "pidfd_open";
    default:
      return "syscall " + std::to_string(number);
  }
}

mode_t modeOf(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

extern "C" {

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = modeOf(flags, arguments);
  va_end(arguments);
  return openThrough("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = modeOf(flags, arguments);
  va_end(arguments);
  return openThrough("open64", path, flags, mode);
}

int close(int fd) {
  static auto *const real = next<decltype(close)>("close");
  return through("close", [&] { return real(fd); });
}

ssize_t read(int fd, void *buffer, size_t size) {
  static auto *const real = next<decltype(read)>("read");
  return through("read", [&] { return real(fd, buffer, size); });
}

ssize_t pread64(int fd, void *buffer, size_t size, off64_t offset) {
  static auto *const real = next<decltype(pread64)>("pread64");
  return through("pread", [&] { return real(fd, buffer, size, offset); });
}

ssize_t readlink(const char *path, char *buffer, size_t size) noexcept {
  static auto *const real = next<decltype(readlink)>("readlink");
  return through("readlink", [&] { return real(path, buffer, size); });
}

DIR *opendir(const char *path) {
  static auto *const real = next<decltype(opendir)>("opendir");
  return through("opendir", [&] { return real(path); });
}

/** Most answers come from what an earlier call has brought; every one may be the kernel's. */
dirent64 *readdir64(DIR *directory) {
  static auto *const real = next<decltype(readdir64)>("readdir64");
  return through("readdir", [&] { return real(directory); });
}

int closedir(DIR *directory) {
  static auto *const real = next<decltype(closedir)>("closedir");
  return through("close", [&] { return real(directory); });
}

int fstat64(int fd, struct stat64 *status) noexcept {
  static auto *const real = next<int(int, struct stat64 *)>("fstat64");
  return through("fstat", [&] { return real(fd, status); });
}

int stat64(const char *path, struct stat64 *status) noexcept {
  static auto *const real = next<int(const char *, struct stat64 *)>("stat64");
  return through("stat", [&] { return real(path, status); });
}

int lstat64(const char *path, struct stat64 *status) noexcept {
  static auto *const real = next<int(const char *, struct stat64 *)>("lstat64");
  return through("lstat", [&] { return real(path, status); });
}

int access(const char *path, int mode) noexcept {
  static auto *const real = next<decltype(access)>("access");
  return through("access", [&] { return real(path, mode); });
}

int fstatfs64(int fd, struct statfs64 *result) noexcept {
  static auto *const real = next<decltype(fstatfs64)>("fstatfs64");
  return through("fstatfs", [&] { return real(fd, result); });
}

int flock(int fd, int operation) noexcept {
  static auto *const real = next<decltype(flock)>("flock");
  if ((operation & LOCK_EX) != 0) lock_file = fd;
  return through("flock", [&] { return real(fd, operation); });
}

int setns(int fd, int type) noexcept {
  static auto *const real = next<decltype(setns)>("setns");
  return through("setns", [&] { return real(fd, type); });
}

int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *const argument = va_arg(arguments, void *);
  va_end(arguments);
  static auto *const real = next<int(int, int, ...)>("fcntl64");
  return through("fcntl", [&] { return real(fd, command, argument); });
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void *const argument = va_arg(arguments, void *);
  va_end(arguments);
  static auto *const real = next<int(int, unsigned long, ...)>("ioctl");
  return through("ioctl", [&] { return real(fd, request, argument); });
}

/** Waiting, which the C++ library does by it, is no call that a change depends on. */
long syscall(long number, ...) noexcept {
  std::array<long, 6> values{};
  va_list arguments;
  va_start(arguments, number);
  for (long& value : values) value = va_arg(arguments, long);
  va_end(arguments);
  const auto call = [&] {
    return realSyscall()(number, values[0], values[1], values[2], values[3], values[4], values[5]);
  };
  return number == SYS_futex ? call() : through(syscallName(number).c_str(), call);
}

int socket(int domain, int type, int protocol) noexcept {
  static auto *const real = next<decltype(socket)>("socket");
  return through("socket", [&] { return real(domain, type, protocol); });
}

int bind(int fd, const sockaddr *address, socklen_t size) noexcept {
  static auto *const real = next<decltype(bind)>("bind");
  return through("bind", [&] { return real(fd, address, size); });
}

int listen(int fd, int backlog) noexcept {
  static auto *const real = next<decltype(listen)>("listen");
  return through("listen", [&] { return real(fd, backlog); });
}

int connect(int fd, const sockaddr *address, socklen_t size) {
  static auto *const real = next<decltype(connect)>("connect");
  return through("connect", [&] { return real(fd, address, size); });
}

int getsockname(int fd, sockaddr *address, socklen_t *size) noexcept {
  static auto *const real = next<decltype(getsockname)>("getsockname");
  return through("getsockname", [&] { return real(fd, address, size); });
}

int getsockopt(int fd, int level, int option, void *value, socklen_t *size) noexcept {
  static auto *const real = next<decltype(getsockopt)>("getsockopt");
  return through(optionName(level, option, false),
                 [&] { return real(fd, level, option, value, size); });
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size) noexcept {
  static auto *const real = next<decltype(setsockopt)>("setsockopt");
  return through(optionName(level, option, true),
                 [&] { return real(fd, level, option, value, size); });
}

ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const sockaddr *to,
               socklen_t to_size) {
  static auto *const real = next<decltype(sendto)>("sendto");
  return through("sendto", [&] { return real(fd, bytes, size, flags, to, to_size); });
}

ssize_t sendmsg(int fd, const msghdr *message, int flags) {
  static auto *const real = next<decltype(sendmsg)>("sendmsg");
  Control *const control = armed();
  if (control == nullptr) return real(fd, message, flags);
  const auto messages = static_cast<std::uint32_t>(messagesOf(joined(message)).size());
  return through(
      messages > 0 ? "sendmsg batch" : "sendmsg",
      [&] {
        const bool refuses = control->action == kRefuse && control->calls == control->number;
        return refuses ? sendRefused(*control, fd, message, flags, real) : real(fd, message, flags);
      },
      messages);
}

/** A thread of the addons looks here for something to do; in between it takes no mutex, unless
 * others hold the xtables lock. */
int pthread_mutex_lock(pthread_mutex_t *mutex) noexcept {
  static auto *const real = next<decltype(pthread_mutex_lock)>("pthread_mutex_lock");
  idle = true;
  return real(mutex);
}

ssize_t recvmsg(int fd, msghdr *message, int flags) {
  static auto *const real = next<decltype(recvmsg)>("recvmsg");
  return through("recvmsg", [&] {
    const ssize_t size = real(fd, message, flags);
    Control *const control = armed();
    if (control != nullptr && control->answers > 0 && size > 0 && message->msg_iovlen == 1) {
      alterErrors(*control, static_cast<char *>(message->msg_iov->iov_base),
                  static_cast<std::size_t>(size));
    }
    return size;
  });
}
}
