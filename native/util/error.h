#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "util/family.h"

namespace portshift {

enum class ErrorKind : std::uint8_t {
  kNamespace,
  kLock,
  kLockTimeout,
  kInterrupted,
  kOpen,
  kOperation,
  kCommit,
  kConnections,
  kClosed,
  kInternal,
};

std::string_view errorKindName(ErrorKind kind);

/** The state of the steps that were committed before a failure. */
enum class Left : std::uint8_t { kNothing, kUndone, kPartial };

std::string_view leftName(Left left);

/** A failure with all details of the place where it happened. */
struct Failure {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  /** A positive errno, or 0 if there is none. */
  int code = 0;
  /** The name of the system call that failed; empty if there was none. */
  std::string syscall;
  std::optional<Family> family;
  std::string table;
  std::optional<std::size_t> step;
  std::optional<std::size_t> operation;
  /** The index of the element within an operation on several elements. */
  std::optional<std::size_t> element;
  /**
   * The name of a call or address family that a sandbox forbids, see common/sandbox.h; empty if
   * none.
   */
  std::string forbidden;
  /** The kernel's own error text, beyond the errno. */
  std::string kernel_text;
  std::optional<Left> left;
  std::string undo_error;
};

/** An exception that is thrown and caught inside native code only. */
class Error : public std::exception {
 public:
  explicit Error(Failure failure) : failure_(std::move(failure)) {}
  Error(ErrorKind kind, std::string message);

  /**
   * Returns an error with the message "CALL SUBJECT: TEXT (ENAME)". `subject` names the object of
   * the call.
   */
  static Error fromErrno(ErrorKind kind, std::string_view syscall, int code,
                         std::string_view subject = {});

  /**
   * Records the call or address family that a sandbox forbids (see common/sandbox.h) and returns
   * this error.
   */
  Error&& withForbidden(std::string forbidden) &&;

  const char *what() const noexcept override { return failure_.message.c_str(); }
  const Failure& failure() const noexcept { return failure_; }
  Failure& failure() noexcept { return failure_; }

 private:
  Failure failure_;
};

}  // namespace portshift
