#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace reel::testing {

/// A new folder that the destructor removes. It is in /dev/shm if that exists, which is not the file system of
/// temporary files.
class TemporaryFolder {
 public:
  TemporaryFolder() : TemporaryFolder(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : on_disk()) {}
  explicit TemporaryFolder(const std::string& parent) : path_(parent + "/reel_XXXXXX") {
    if (!::mkdtemp(path_.data())) throw std::runtime_error("cannot make a folder in " + parent);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] static std::string on_disk() { return std::filesystem::temp_directory_path().string(); }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// The bytes of a file. Throws `std::runtime_error` if it cannot be opened.
[[nodiscard]] inline std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

inline void write_file(const std::string& path, const std::string& content) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace reel::testing
