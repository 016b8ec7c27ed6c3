#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy/folder_reader.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/driver/parallel.hpp>

namespace reel::legacy {

/// A folder of a walked tree. Positions refer to Listing; a folder's position is below those of its subfolders.
struct Folder {
  std::string path = {};  ///< relative to the root, `.` for the root
  std::string name = {};
  ForeignName foreign = ForeignName::none;
  std::size_t parent = 0;
  std::size_t first_file = 0;
  std::size_t last_file = 0;  ///< one past
  std::vector<std::size_t> folders = {};
};

struct Listing {
  std::vector<TreeFile> files;
  std::vector<Folder> folders;  ///< the root first
};

/// One walk over a tree: level by level until there are many folders, and then down from each, several at the same
/// time.
class Walk {
 public:
  Walk(std::filesystem::path root, std::vector<Diagnostic>& diagnostics, int parallelism)
      : root_{std::move(root)}, diagnostics_{diagnostics}, parallelism_{parallelism} {}

  Listing run() {
    FoundFolder root{.path = ".", .name = root_.filename().string()};
    std::vector<FoundFolder*> unread{&root};
    while (!unread.empty()) {
      const int levels = unread.size() < many ? 1 : 16;
      driver::run_parallel(unread.size(), parallelism_, [&](std::size_t i) {
        FolderReader{root_, *unread[i]}.run(levels);
      });
      for (int i = 0; i < levels; ++i) unread = below(unread);
    }
    place(root, 0);
    return std::move(listing_);
  }

 private:
  static constexpr std::size_t many = 64;

  static std::vector<FoundFolder*> below(const std::vector<FoundFolder*>& folders) {
    std::vector<FoundFolder*> inside;
    for (FoundFolder* above : folders)
      for (FoundFolder& folder : above->folders) inside.push_back(&folder);
    return inside;
  }

  /// Moves a folder into the listing, and those below it behind it.
  void place(FoundFolder& found, std::size_t parent) {
    const std::size_t index = listing_.folders.size();
    if (index > 0) listing_.folders[parent].folders.push_back(index);
    Folder folder{
        .path = std::move(found.path), .name = std::move(found.name), .foreign = found.foreign, .parent = parent};
    folder.first_file = listing_.files.size();
    std::ranges::move(found.files, std::back_inserter(listing_.files));
    folder.last_file = listing_.files.size();
    listing_.folders.push_back(std::move(folder));
    std::ranges::move(found.diagnostics, std::back_inserter(diagnostics_));
    for (FoundFolder& inside : std::exchange(found.folders, {})) place(inside, index);
  }

  std::filesystem::path root_;
  std::vector<Diagnostic>& diagnostics_;
  int parallelism_;
  Listing listing_;
};

}  // namespace reel::legacy
