#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "common/family.h"

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

/** What became of the steps that were committed before a failure. */
enum class Left : std::uint8_t { kNothing, kUndone, kPartial };

std::string_view leftName(Left left);

/** A failure with everything the place where it happened knows about it. */
struct Failure {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  /** A positive errno, or 0 where none was set. */
  int code = 0;
  /** The call that failed, empty where there was none. */
  std::string syscall;
  std::optional<Family> family;
  std::string table;
  std::optional<std::size_t> step;
  std::optional<std::size_t> operation;
  /** Which element of an operation on several. */
  std::optional<std::size_t> element;
  /** What a sandbox forbids, of common/sandbox.h; empty where none is to blame. */
  std::string forbidden;
  /** What the kernel itself said, beyond the errno. */
  std::string kernel_text;
  std::optional<Left> left;
  std::string undo_error;
};

/** Only ever thrown and caught inside native code. */
class Error : public std::exception {
 public:
  explicit Error(Failure failure) : failure_(std::move(failure)) {}
  Error(ErrorKind kind, std::string message);

  /** `subject` says what the call was made for; the message becomes "CALL SUBJECT: TEXT (ENAME)".
   */
  static Error fromErrno(ErrorKind kind, std::string_view syscall, int code,
                         std::string_view subject = {});

  /** The same, where a sandbox may have forbidden the call: `forbidden` as common/sandbox.h has it.
   */
  Error&& withForbidden(std::string forbidden) &&;

  const char *what() const noexcept override { return failure_.message.c_str(); }
  const Failure& failure() const noexcept { return failure_; }
  Failure& failure() noexcept { return failure_; }

 private:
  Failure failure_;
};

}  // namespace portshift
