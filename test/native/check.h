#pragma once

#include <sstream>
#include <string>

/** The least that a test needs, so that the native tests build wherever the sources do. */
namespace check {

using Test = void (*)();

/** Adds a test to a suite when the program starts. */
struct Registration {
  Registration(const char *suite, const char *name, Test test);
};

/** Notes that the running test has failed; it goes on. */
void fail(const char *file, int line, const std::string& what);

template <class T>
std::string show(const T& value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

template <class Actual, class Expected>
void equal(const char *file, int line, const Actual& actual, const Expected& expected) {
  if (actual == expected) return;
  fail(file, line, "expected " + show(expected) + ", got " + show(actual));
}

template <class Exception, class Function>
void throws(const char *file, int line, Function&& function) {
  try {
    function();
  } catch (const Exception&) {
    return;
  }
  fail(file, line, "nothing was thrown");
}

}  // namespace check

#define CHECK_JOIN_(a, b) a##b
#define CHECK_JOIN(a, b) CHECK_JOIN_(a, b)
#define CHECK_TEST_(suite, name, function)                                                  \
  static void function();                                                                   \
  static const check::Registration CHECK_JOIN(function, Registered)(suite, name, function); \
  static void function()

/** TEST("util/utf8", "takes plain text") { ... } */
#define TEST(suite, name) CHECK_TEST_(suite, name, CHECK_JOIN(test, __LINE__))
#define CHECK(condition) ((condition) ? void() : check::fail(__FILE__, __LINE__, #condition))
#define CHECK_EQUAL(actual, expected) check::equal(__FILE__, __LINE__, (actual), (expected))
#define CHECK_THROWS(Exception, ...) \
  check::throws<Exception>(__FILE__, __LINE__, [&] { __VA_ARGS__; })
