#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace portshift::bench {

/**
 * Changes of maps in table `inet bench`: sends batches on one socket and reads the kernel's
 * answers.
 */
class Batch {
 public:
  /** @param room the size in bytes of the longest batch */
  explicit Batch(std::size_t room);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  void begin();
  /** Begins a message that deletes elements from a map; key() adds them. */
  void remove(const char *map);
  /** Begins a message that adds elements to a map; element() adds them. */
  void add(const char *map);
  void key(std::uint16_t port);
  /** @param comment if empty, the element gets no comment */
  void element(std::uint16_t port, std::uint16_t target, const std::string& comment = {});
  /** Sends the batch. Fails if the kernel does not commit all of it. */
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
  /** The list of elements in the message, if there is one. */
  nlattr *elements_ = nullptr;
  std::uint32_t sequence_ = static_cast<std::uint32_t>(std::time(nullptr));
};

}  // namespace portshift::bench
