// Runs a command under a seccomp filter (seccomp(2)) that answers calls with an errno, as systemd's
// RestrictAddressFamilies= and SystemCallFilter= do.
//   forbid ERRNO CALL[,CALL ...] COMMAND ...
// ERRNO is a number; CALL is the number of a system call, or NUMBER:INDEX=VALUE for those alone
// whose argument of that index, from 0, has that value.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Program = std::vector<sock_filter>;

void load(Program& program, std::size_t offset) {
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
}

std::uint32_t number(const std::string& text) {
  return static_cast<std::uint32_t>(std::stoul(text));
}

/** Skips that many instructions unless the loaded word has that value. */
void unless(Program& program, std::uint32_t value, std::uint8_t skip) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip));
}

void answer(Program& program, std::uint32_t verdict) {
  program.push_back(BPF_STMT(BPF_RET | BPF_K, verdict));
}

void forbid(Program& program, const std::string& call, std::uint32_t verdict) {
  const std::size_t colon = call.find(':');
  load(program, offsetof(seccomp_data, nr));
  unless(program, number(call), colon == std::string::npos ? 1 : 3);
  if (colon != std::string::npos) {
    const std::size_t index = number(call.substr(colon + 1));
    load(program, offsetof(seccomp_data, args) + index * sizeof(seccomp_data::args[0]));
    unless(program, number(call.substr(call.find('=') + 1)), 1);
  }
  answer(program, verdict);
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 4) {
    std::fputs("usage: forbid ERRNO CALL[,CALL ...] COMMAND ...\n", stderr);
    return 2;
  }
  const std::uint32_t verdict = SECCOMP_RET_ERRNO | (number(argv[1]) & SECCOMP_RET_DATA);
  Program program;
  std::istringstream calls(argv[2]);
  for (std::string call; std::getline(calls, call, ',');) forbid(program, call, verdict);
  answer(program, SECCOMP_RET_ALLOW);
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    std::perror("forbid");
    return 2;
  }
  ::execvp(argv[3], argv + 3);
  std::perror(argv[3]);
  return 127;
}
