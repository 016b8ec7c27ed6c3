#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace bench {

/// A new folder in REEL_BENCH_FOLDER, or in the current folder. The destructor removes it.
class Folder {
 public:
  explicit Folder(const std::string& name) {
    const char* base = std::getenv("REEL_BENCH_FOLDER");
    path_ = std::filesystem::path(base ? base : ".") / ("bench_" + name);
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace bench
