#include "check.h"

#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

namespace {

struct Case {
  std::string_view suite;
  const char *name;
  check::Test test;
};

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

int failures = 0;

void run(const Case& each) {
  const int before = failures;
  try {
    each.test();
  } catch (const std::exception& exception) {
    check::fail(each.name, 0, std::string("threw: ") + exception.what());
  }
  std::printf("%s %s: %s\n", failures == before ? "ok  " : "FAIL", each.suite.data(), each.name);
}

}  // namespace

check::Registration::Registration(const char *suite, const char *name, Test test) {
  cases().push_back({suite, name, test});
}

void check::fail(const char *file, int line, const std::string& what) {
  ++failures;
  std::printf("%s:%d: %s\n", file, line, what.c_str());
}

/** usage: native_tests [SUITE] */
int main(int argc, char **argv) {
  int ran = 0;
  for (const Case& each : cases()) {
    if (argc > 1 && each.suite != argv[1]) continue;
    run(each);
    ++ran;
  }
  std::printf("%d tests, %d failed checks\n", ran, failures);
  return failures == 0 && ran > 0 ? 0 : 1;
}
