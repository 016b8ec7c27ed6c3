#pragma once

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/legacy/changed_folders.hpp>
#include <reel/backends/legacy/scan.hpp>
#include <reel/backends/legacy/unfinished_files.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/error.hpp>

namespace reel::legacy {

/// The folders of a watched tree as they were last read. A later reading visits only the folders that have changed. It
/// passes over files that are not complete (`UnfinishedFiles`): a new one is not listed, and one that is rewritten is
/// listed in its earlier state.
///
/// Not synchronized.
class KeptWalk {
 public:
  /// Reads nothing.
  ///
  /// - `root`: the absolute path of the tree, without links
  /// - `calls`: must outlive this
  KeptWalk(std::filesystem::path root, int parallelism, driver::FileCalls& calls = driver::posix_calls())
      : calls_(calls), root_(std::move(root)), parallelism_(parallelism), top_(unread_root(root_)) {}

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  /// Reads these folders again, and new ones below them. Returns whether the listing has changed.
  ///
  /// Throws `unavailable` if the root is gone, or a folder that could be read cannot be read any more: its files do not
  /// count as removed. The folders are then to be read again.
  bool read(const ChangedFolders& changed) {
    has_changed_ = false;
    if (changed.all) {
      unfinished_.clear();
      FoundFolder fresh = unread_root(root_);
      walk_folders(root_, fresh, parallelism_, calls_);
      merge(fresh, &top_);
      top_ = std::move(fresh);
    } else {
      for (const std::string& path : changed.paths) {  // a folder comes before those in it
        unfinished_.erase(path);
        if (FoundFolder* folder = find(path)) read_one(*folder);
      }
    }
    return has_changed_;
  }

  /// The present listing; its problems are appended to `diagnostics`.
  [[nodiscard]] Listing listing(std::vector<Diagnostic>& diagnostics) const {
    Listing listing;
    add_to(listing, top_, 0, diagnostics);
    return listing;
  }

  /// The folders with files that are not complete.
  [[nodiscard]] const std::set<std::string>& unfinished() const { return unfinished_; }

 private:
  /// The folder with this path, or null.
  [[nodiscard]] FoundFolder* find(std::string_view path) {
    FoundFolder* at = &top_;
    if (path == ".") return at;
    for (const std::string_view name : components(path)) {
      at = folder_in(*at, name);
      if (!at) return nullptr;
    }
    return at;
  }
  [[nodiscard]] static FoundFolder* folder_in(FoundFolder& folder, std::string_view name) {
    const auto found = std::ranges::find(folder.folders, name, &FoundFolder::name);
    return found == folder.folders.end() ? nullptr : &*found;
  }

  /// Reads one folder, and those in it that are new or classified differently.
  void read_one(FoundFolder& folder) {
    FoundFolder fresh{.path = folder.path, .name = folder.name, .given = folder.given};
    FolderReader{calls_, root_, fresh}.run(1);
    merge_files(fresh, folder);
    std::vector<std::pair<FoundFolder*, FoundFolder*>> kept;  // moved at last, because reading others may throw
    for (FoundFolder& inside : fresh.folders) {
      FoundFolder* const known = folder_in(folder, inside.name);
      if (known && known->given == inside.given) {
        kept.emplace_back(&inside, known);
      } else {
        walk_folders(root_, inside, parallelism_, calls_);
        merge(inside, known);
      }
    }
    for (const auto& [to, from] : kept) *to = std::move(*from);
    folder = std::move(fresh);
  }

  /// Replaces the files of `fresh` that are not complete, and those of the folders below it, by their earlier state.
  ///
  /// - `earlier`: the folder as it was before; null for a new one
  void merge(FoundFolder& fresh, FoundFolder* earlier) {
    FoundFolder none{.path = fresh.path, .name = fresh.name, .given = fresh.given};
    has_changed_ = has_changed_ || !earlier;
    merge_files(fresh, earlier ? *earlier : none);
    for (FoundFolder& inside : fresh.folders) merge(inside, earlier ? folder_in(*earlier, inside.name) : nullptr);
  }

  /// `merge` for the files of one folder. Notes whether it has changed.
  void merge_files(FoundFolder& fresh, const FoundFolder& earlier) {
    check_readable(fresh, earlier);
    std::unordered_map<std::string_view, const TreeFile*> before;
    for (const TreeFile& file : earlier.files) before.emplace(file.path, &file);
    std::erase_if(fresh.files, [&](TreeFile& file) {
      const auto known = before.find(file.path);
      const TreeFile* const old = known == before.end() ? nullptr : known->second;
      if (old && same_state(*old, file)) return false;
      if (file.kind == FileKind::metadata || !files_.has(root_.native(), file)) {
        has_changed_ = true;
        return false;
      }
      unfinished_.insert(fresh.path);
      if (old) file = *old;
      return !old;
    });
    const auto names = [](const FoundFolder& folder) {
      std::vector<std::string_view> all;
      for (const FoundFolder& inside : folder.folders) all.push_back(inside.name);
      return all;
    };
    has_changed_ = has_changed_ || fresh.files.size() != earlier.files.size() || fresh.foreign != earlier.foreign ||
                   fresh.error != earlier.error || names(fresh) != names(earlier);
  }

  /// Throws `unavailable` for a folder that exists, was read earlier and cannot be read any more.
  void check_readable(const FoundFolder& fresh, const FoundFolder& earlier) const {
    const bool is_gone = fresh.error == ENOENT || fresh.error == ENOTDIR || fresh.error == ELOOP;
    if (fresh.error == 0 || earlier.error != 0 || (is_gone && fresh.path != ".")) return;
    throw Error(Errc::unavailable, "cannot read the folder '" + (root_ / fresh.path).lexically_normal().native() +
                                       "' any more: " + std::generic_category().message(fresh.error) +
                                       "; restore it, allow this user to read it (chmod u+rx), and watch again");
  }

  driver::FileCalls& calls_;
  std::filesystem::path root_;
  int parallelism_;
  FoundFolder top_;
  UnfinishedFiles files_;
  std::set<std::string> unfinished_;
  bool has_changed_ = false;
};

}  // namespace reel::legacy
