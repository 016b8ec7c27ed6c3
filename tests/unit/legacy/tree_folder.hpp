#pragma once

#include <filesystem>
#include <fstream>
#include <string_view>

#include "support/filesystem/temporary_folder.hpp"

/// The folder of `reel::testing::TemporaryFolder` as a path.
class TreeFolder {
 public:
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& below) const { return path_ / below; }

 private:
  reel::testing::TemporaryFolder folder_{};
  std::filesystem::path path_ = std::filesystem::canonical(folder_.path());
};

/// Writes a file with these bytes and creates the folders above it.
inline void write(const std::filesystem::path& path, std::string_view bytes = "x") {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << bytes;
}
