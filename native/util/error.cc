#include "util/error.h"

#include <system_error>
#include <utility>

#include "util/errno_name.h"

namespace portshift {

std::string_view errorKindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNamespace:
      return "namespace";
    case ErrorKind::kLock:
      return "lock";
    case ErrorKind::kLockTimeout:
      return "lock-timeout";
    case ErrorKind::kInterrupted:
      return "interrupted";
    case ErrorKind::kOpen:
      return "open";
    case ErrorKind::kOperation:
      return "operation";
    case ErrorKind::kCommit:
      return "commit";
    case ErrorKind::kConnections:
      return "connections";
    case ErrorKind::kClosed:
      return "closed";
    case ErrorKind::kInternal:
      break;
  }
  return "internal";
}

std::string_view leftName(Left left) {
  switch (left) {
    case Left::kNothing:
      return "nothing";
    case Left::kUndone:
      return "undone";
    case Left::kPartial:
      break;
  }
  return "partial";
}

Error::Error(ErrorKind kind, std::string message) {
  failure_.kind = kind;
  failure_.message = std::move(message);
}

Error Error::fromErrno(ErrorKind kind, std::string_view syscall, int code,
                       std::string_view subject) {
  Failure failure;
  failure.kind = kind;
  failure.code = code;
  failure.syscall = syscall;
  failure.message = syscall;
  if (!subject.empty()) failure.message.append(" ").append(subject);
  // strerror(3) is not used because all threads share its buffer.
  failure.message.append(": ").append(std::generic_category().message(code));
  failure.message.append(" (").append(errnoName(code)).append(")");
  return Error(std::move(failure));
}

Error&& Error::withForbidden(std::string forbidden) && {
  failure_.forbidden = std::move(forbidden);
  return std::move(*this);
}

}  // namespace portshift
