#include "iptc/present_tables.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>

#include "common/error.h"
#include "common/unique_fd.h"

namespace portshift::iptc {

namespace {

std::string readAll(int fd, const char *path) {
  std::string text;
  std::array<char, 512> buffer{};
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw Error::fromErrno(ErrorKind::kOpen, "read", errno, path);
    }
  }
}

}  // namespace

std::vector<std::string> presentTables(Family family) {
  const char *const path = family == Family::kIpv4 ? "/proc/thread-self/net/ip_tables_names"
                                                   : "/proc/thread-self/net/ip6_tables_names";
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) {
    // Nobody has loaded ip_tables yet.
    if (errno == ENOENT) return {};
    // The file is root's alone. Who has the capabilities without being root may open tables, and
    // has to assume that they are there.
    if (errno == EACCES) return {"filter", "mangle", "nat"};
    throw Error::fromErrno(ErrorKind::kOpen, "open", errno, path);
  }
  std::istringstream lines(readAll(fd.get(), path));
  std::vector<std::string> tables;
  for (std::string line; std::getline(lines, line);) tables.push_back(line);
  return tables;
}

}  // namespace portshift::iptc
