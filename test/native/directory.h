#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace check {

/** A directory of its own, removed in the end. */
class Directory {
 public:
  Directory() {
    std::string path = (std::filesystem::temp_directory_path() / "portshift-XXXXXX").string();
    path_ = ::mkdtemp(path.data());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }

  std::string file() const { return path_ + "/lock"; }

 private:
  std::string path_;
};

}  // namespace check
