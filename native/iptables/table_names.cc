#include "iptables/table_names.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "util/error.h"

namespace portshift::iptc {

namespace {

/** Reads the whole file from its beginning. */
std::string readAll(int fd, const char *path) {
  std::string text;
  std::array<char, 512> buffer{};
  for (;;) {
    const ssize_t count =
        ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (count == 0) return text;
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw Error::fromErrno(ErrorKind::kOpen, "pread", errno, path);
    }
  }
}

}  // namespace

std::optional<std::vector<std::string>> TableNames::list(Family family) {
  const bool is_ipv4 = family == Family::kIpv4;
  const char *const path =
      is_ipv4 ? "/proc/thread-self/net/ip_tables_names" : "/proc/thread-self/net/ip6_tables_names";
  UniqueFd& file = files_.at(is_ipv4 ? 0 : 1);
  if (!file) file = UniqueFd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) {
    // The module ip_tables is not loaded.
    if (errno == ENOENT) return std::vector<std::string>();
    if (errno == EACCES) return std::nullopt;
    throw Error::fromErrno(ErrorKind::kOpen, "open", errno, path);
  }
  std::istringstream lines(readAll(file.get(), path));
  std::vector<std::string> tables;
  for (std::string line; std::getline(lines, line);) tables.push_back(line);
  return tables;
}

}  // namespace portshift::iptc
