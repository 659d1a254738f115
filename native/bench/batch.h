#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace portshift::bench {

/** Changes of maps in table `inet bench`, batch by batch on one socket, and the kernel's answers.
 */
class Batch {
 public:
  /** @param room bytes for the longest of them */
  explicit Batch(std::size_t room);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  void begin();
  /** A message that takes out of a map what follows, by `key`. */
  void remove(const char *map);
  /** A message that puts into a map what follows, by `element`. */
  void add(const char *map);
  void key(std::uint16_t port);
  /** @param comment none where it is empty */
  void element(std::uint16_t port, std::uint16_t target, const std::string& comment = {});
  /** Fails where the kernel does not do all of it. */
  void commit();

 private:
  void start(int type, int flags, int family, int resource);
  void startElements(int type, int flags, const char *map);
  void end();
  void await(std::uint32_t sequence);
  void value(std::uint16_t type, std::uint16_t port);

  mnl_socket *socket_;
  std::vector<char> buffer_;
  char *end_ = nullptr;
  nlmsghdr *message_ = nullptr;
  /** Of the message, where there are elements in it. */
  nlattr *elements_ = nullptr;
  std::uint32_t sequence_ = static_cast<std::uint32_t>(std::time(nullptr));
};

}  // namespace portshift::bench
