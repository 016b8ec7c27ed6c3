#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "reel/backends/legacy/model.hpp"
#include "reel/utf8.hpp"

namespace reel::legacy::detail {

/// A folder of a walked tree. Positions refer to Listing; a folder's position is below those of its subfolders.
struct Folder {
  std::string path = {};  ///< relative to the root, `.` for the root
  std::string name = {};
  std::size_t parent = 0;
  std::size_t first_file = 0;
  std::size_t last_file = 0;  ///< one past
  std::vector<std::size_t> folders = {};
};

struct Listing {
  std::vector<File> files;
  std::vector<Folder> folders;  ///< the root first
};

inline std::string join(std::string_view folder, std::string_view name) {
  if (folder == ".") return std::string{name};
  std::string path{folder};
  path += '/';
  path += name;
  return path;
}

inline std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// When a file was last modified: nanoseconds since 1970 UTC.
inline std::int64_t modified_ns(const struct stat& status) {
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// One walk over a tree. Links are not followed, special files not opened, and what cannot be read is reported and left
/// out.
class Walk {
 public:
  Walk(std::filesystem::path root, std::vector<Diagnostic>& diagnostics)
      : root_{std::move(root)}, diagnostics_{diagnostics} {}

  Listing run() {
    std::vector<Pending> pending{{".", root_.filename().string(), 0}};
    while (!pending.empty()) {
      const Pending next = std::move(pending.back());
      pending.pop_back();
      visit(next, pending);
    }
    return std::move(listing_);
  }

 private:
  struct Pending {
    std::string path;
    std::string name;
    std::size_t parent;
  };

  struct Entries {
    std::vector<std::string> files;
    std::vector<std::string> folders;
  };

  struct Close {
    void operator()(DIR* folder) const { ::closedir(folder); }
  };
  using OpenFolder = std::unique_ptr<DIR, Close>;

  std::filesystem::path on_disk(std::string_view relative) const {
    return relative == "." ? root_ : root_ / std::filesystem::path{relative};
  }

  void report(Code code, std::string path, std::string message) {
    diagnostics_.emplace_back(code, std::move(path), std::move(message));
  }

  /// Lists one folder, and leaves its subfolders on the stack with the first on top.
  void visit(const Pending& next, std::vector<Pending>& pending) {
    const std::size_t index = listing_.folders.size();
    if (index > 0) listing_.folders[next.parent].folders.push_back(index);
    const OpenFolder open = opened(next.path);
    Entries inside = open ? entries(*open, next.path) : Entries{};
    std::ranges::sort(inside.folders, [](const auto& a, const auto& b) { return natural_less(b, a); });
    std::ranges::sort(inside.files, natural_less);
    Folder folder{.path = next.path, .name = next.name, .parent = next.parent};
    folder.first_file = listing_.files.size();
    for (const std::string& name : inside.files) listing_.files.push_back(file(::dirfd(open.get()), next.path, name));
    if (open && index > 0 && inside.files.empty() && inside.folders.empty())
      listing_.files.push_back(empty_folder(::dirfd(open.get()), next.path));
    folder.last_file = listing_.files.size();
    listing_.folders.push_back(std::move(folder));
    for (std::string& name : inside.folders) {
      pending.push_back({join(next.path, name), name, index});
      check_name(name, pending.back().path);
    }
  }

  OpenFolder opened(const std::string& path) {
    const int number = ::open(on_disk(path).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    OpenFolder folder(number < 0 ? nullptr : ::fdopendir(number));
    if (!folder) report(Code::unreadable_folder, path, std::generic_category().message(errno));
    return folder;
  }

  Entries entries(DIR& folder, const std::string& path) {
    Entries found;
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(&folder);
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      const bool is_folder = entry->d_type == DT_DIR || (entry->d_type == DT_UNKNOWN && is_a_folder(folder, *entry));
      const bool passed_over = is_folder && (name == trash_name || name == own_buckets_name);
      if (!passed_over) (is_folder ? found.folders : found.files).emplace_back(name);
    }
    if (errno != 0) report(Code::unreadable_folder, path, std::generic_category().message(errno));
    return found;
  }

  /// For file systems that do not tell with the name.
  static bool is_a_folder(DIR& folder, const dirent& entry) {
    struct stat status {};
    return ::fstatat(::dirfd(&folder), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
  }

  void check_name(const std::string& name, const std::string& path) {
    if (!is_valid_utf8(name)) report(Code::name_not_utf8, path, "the name is not UTF-8; records have it as cp1252");
  }

  /// `open`: the descriptor of the folder.
  File file(int open, const std::string& folder, const std::string& name) {
    File file{.path = join(folder, name)};
    check_name(name, file.path);
    struct stat status {};
    if (::fstatat(open, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      refuse(file, errno);
    } else if (S_ISLNK(status.st_mode)) {
      file.type = EntryType::link;
      report_link(file.path, on_disk(file.path));
    } else if (!S_ISREG(status.st_mode)) {
      file.type = EntryType::special;
      report(Code::special_file, file.path, "neither a file nor a folder; not opened");
    } else {
      file.size = static_cast<std::uint64_t>(status.st_size);
      file.modified_ns = modified_ns(status);
      if (::faccessat(open, name.c_str(), R_OK, AT_EACCESS) != 0) refuse(file, errno);
    }
    return file;
  }

  static File empty_folder(int open, const std::string& path) {
    struct stat status {};
    const bool known = ::fstat(open, &status) == 0;
    return {.path = path, .modified_ns = known ? modified_ns(status) : 0, .type = EntryType::folder};
  }

  void refuse(File& file, int error) {
    file.readable = false;
    report(Code::unreadable_file, file.path, std::generic_category().message(error));
  }

  void report_link(const std::string& path, const std::filesystem::path& link) {
    std::error_code error;
    const std::filesystem::path target = std::filesystem::canonical(link, error);
    const auto inside = [](const std::filesystem::path& inner, const std::filesystem::path& outer) {
      const auto [end, rest] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
      return end == outer.end();
    };
    if (error == std::errc::too_many_symbolic_link_levels) {
      report(Code::link_loop, path, "a link that leads to itself");
    } else if (error) {
      report(Code::link_dangling, path, "a link whose target cannot be reached: " + error.message());
    } else if (!inside(target, root_)) {
      report(Code::link_outside, path, "a link that leaves the tree; not followed");
    } else if (inside(link.parent_path(), target)) {
      report(Code::link_loop, path, "a link to a folder that holds it; not followed");
    } else {
      report(Code::link_inside, path, "a link inside the tree; its target is listed under its own name");
    }
  }

  std::filesystem::path root_;
  std::vector<Diagnostic>& diagnostics_;
  Listing listing_;
};

}  // namespace reel::legacy::detail
