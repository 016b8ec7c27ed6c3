#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/backends/legacy/foreign_names.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/store_folders.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/text/utf8.hpp>

namespace reel::legacy {

/// A folder as it was found, with its entries in natural order. One reader fills it; the walk connects them.
struct FoundFolder {
  std::string path = {};  ///< relative to the root, `.` for the root
  std::string name = {};
  ForeignName given = ForeignName::none;  ///< by its name, or that of a folder above
  ForeignName foreign = given;            ///< `given`, unless its content shows something else
  std::vector<TreeFile> files = {};
  std::vector<FoundFolder> folders = {};
  std::vector<Diagnostic> diagnostics = {};
  int error = 0;  ///< why it could not be read completely, an `errno`; 0: it was
};

/// Reads a folder of a tree: its entries, and the status of each file.
///
/// Links are not followed and special files are not opened. An entry that cannot be read is reported; a file is listed
/// as not `readable`, a folder has no content. Nothing is reported about the metadata of other programs. The folder of
/// a store below the root is one entry. Different readers may run at the same time.
class FolderReader {
 public:
  /// A reader for `found.path`. All must outlive this.
  ///
  /// - `root`: the absolute path of the tree
  /// - `found`: has path, name and `given`; receives the rest
  FolderReader(driver::FileCalls& calls, const std::filesystem::path& root, FoundFolder& found)
      : calls_{calls}, root_{root}, found_{found} {}

  /// Reads the folder and those below it.
  ///
  /// - `levels`: the number of levels, 1 for the folder alone. Each level keeps a descriptor open meanwhile, so that
  ///   folders are opened relative to it and a rename above does not matter.
  void run(int levels) { read(AT_FDCWD, on_disk(found_.path), levels); }

 private:
  /// Reads one folder. Folders are classified before files, because the name of a folder decides about everything in
  /// it.
  ///
  /// - `above`: the descriptor of the folder that contains it, or AT_FDCWD
  /// - `name`: relative to `above`
  void read(int above, const std::string& name, int levels) {
    const driver::File open = opened(above, name);
    if (!open.is_open()) return;
    Entries inside = entries(open.number());
    if (found_.path != "." && inside.may_be_store && is_store_folder(on_disk(found_.path), calls_))
      return pass_over_store();
    if (found_.path != "." && found_.foreign != ForeignName::metadata && is_environment(inside)) {
      found_.foreign = ForeignName::metadata;
      found_.diagnostics.clear();
    }
    std::ranges::sort(inside.folders, natural_less);
    std::ranges::sort(inside.files, natural_less);
    found_.files.reserve(inside.files.size());
    const int number = open.number();
    for (const std::string& one : inside.files) found_.files.push_back(file(number, one));
    found_.folders.reserve(inside.folders.size());
    for (std::string& folder : inside.folders) {
      std::string path = join(found_.path, folder);
      const bool is_part = inside.has_environment && is_environment_part(folder);
      const ForeignName own = is_part ? ForeignName::metadata : foreign_folder(folder);
      const ForeignName foreign = within(found_.foreign, own);
      if (own == ForeignName::backup && found_.foreign == ForeignName::none && folder != ".ipynb_checkpoints")
        report(Code::backup_folder, path,
               "a saved copy by its name: kept in artifacts, and no video is made of it; rename it if it is a topic");
      if (foreign != ForeignName::metadata) check_name(folder, path);
      found_.folders.push_back({.path = std::move(path), .name = std::move(folder), .given = foreign});
    }
    if (found_.path != "." && found_.foreign != ForeignName::metadata && holds_nothing())
      found_.files.push_back(empty_folder(number));
    if (levels == 1) return;
    for (FoundFolder& folder : found_.folders)
      FolderReader{calls_, root_, folder}.read(number, folder.name, levels - 1);
  }

  /// The names in a folder, and the marks that classify the folder whatever its name is.
  struct Entries {
    std::vector<std::string> files;
    std::vector<std::string> folders;
    bool may_be_store = false;
    bool has_environment = false;  ///< the file that marks a virtual environment of Python
  };

  /// Whether the folder contains only installed packages. Either it has the file that marks a virtual environment of
  /// Python and no folders except those of one, or it has the name of such a folder and nothing directly in it makes a
  /// folder a topic.
  [[nodiscard]] bool is_environment(const Entries& inside) const {
    const auto marks_topic = [](const std::string& name) {
      return name == sidecar_name || name.ends_with("scene_outline.txt") ||
             name.find("_combined.") != std::string::npos;
    };
    if (std::ranges::any_of(inside.files, marks_topic)) return false;
    if (inside.has_environment) return std::ranges::all_of(inside.folders, is_environment_part);
    const auto is_scene = [](const std::string& name) { return scene_folder(name).has_value(); };
    return is_environment_name(found_.name) && std::ranges::none_of(inside.folders, is_scene);
  }

  /// The classification of an entry in a folder: metadata inside metadata or a backup is metadata; anything else in a
  /// backup is a backup.
  static ForeignName within(ForeignName outer, ForeignName own) {
    return outer == ForeignName::metadata || own == ForeignName::none ? outer : own;
  }

  /// The kind that a classification determines; `other` if the name is to be examined further.
  static FileKind kind_of(ForeignName foreign) {
    return foreign == ForeignName::metadata ? FileKind::metadata
           : foreign == ForeignName::backup ? FileKind::backup
                                            : FileKind::other;
  }

  /// Whether the folder is empty except for the metadata of other programs.
  [[nodiscard]] bool holds_nothing() const {
    return std::ranges::all_of(found_.files, [](const TreeFile& file) { return file.kind == FileKind::metadata; }) &&
           std::ranges::all_of(found_.folders, [](const auto& in) { return in.foreign == ForeignName::metadata; });
  }

  /// Lists the folder of a store as one entry without its content.
  void pass_over_store() {
    found_.files.push_back({.path = found_.path, .type = EntryType::folder, .kind = FileKind::sidecar});
    report(Code::store_inside, found_.path, "the folder of a store; it does not belong to the tree and is not copied");
    found_.foreign = ForeignName::metadata;
  }

  /// The absolute path of an entry.
  [[nodiscard]] std::string on_disk(const std::string& relative) const {
    return relative == "." ? root_.native() : root_.native() + '/' + relative;
  }

  /// Adds a diagnostic, unless the folder is metadata of another program.
  void report(Code code, std::string path, std::string message) {
    if (found_.foreign == ForeignName::metadata) return;
    found_.diagnostics.emplace_back(code, std::move(path), std::move(message));
  }

  /// Reports that the folder cannot be read.
  void fail(int error) {
    found_.error = error;
    report(Code::unreadable_folder, found_.path, std::generic_category().message(error));
  }

  /// Opens a folder without following a link. Not open, and reported, if that fails.
  driver::File opened(int above, const std::string& name) {
    driver::File folder(calls_.open_at(above, name, O_RDONLY | O_DIRECTORY), name, calls_);
    if (!folder.is_open()) fail(errno);
    return folder;
  }

  /// Reads all names of a folder. After an error, the names read so far count and the folder is reported.
  Entries entries(int folder) {
    std::vector<driver::FolderEntry> read;
    if (calls_.entries(folder, read) != 0) fail(errno);
    Entries found;
    for (driver::FolderEntry& entry : read) {
      const std::string& name = entry.name;
      const bool is_folder = entry.type == DT_DIR || (entry.type == DT_UNKNOWN && is_a_folder(folder, name));
      if (is_folder ? name == "collections" || name == "buckets" : name == "reel.json") found.may_be_store = true;
      if (!is_folder && name == "pyvenv.cfg") found.has_environment = true;
      const bool passed_over = is_folder && is_own_folder(name);
      if (!passed_over) (is_folder ? found.folders : found.files).push_back(std::move(entry.name));
    }
    return found;
  }

  /// The type of an entry on file systems that do not report it with the name.
  [[nodiscard]] bool is_a_folder(int folder, const std::string& name) const {
    driver::FileStatus status;
    return calls_.status_at(folder, name, status) == 0 && status.is_folder();
  }

  /// Reports a name that is not UTF-8.
  void check_name(const std::string& name, const std::string& path) {
    if (!text::is_valid_utf8(name))
      report(Code::name_not_utf8, path, "the name is not UTF-8; records have its other bytes as \\xHH");
  }

  /// One entry that is not a folder. Metadata of other programs is listed, but nothing is reported about it.
  ///
  /// - `open`: the descriptor of the folder
  TreeFile file(int open, const std::string& name) {
    const ForeignName foreign = within(found_.foreign, foreign_file(name));
    const bool is_metadata = foreign == ForeignName::metadata;
    TreeFile file{.path = join(found_.path, name), .kind = kind_of(foreign)};
    if (!is_metadata) check_name(name, file.path);
    driver::FileStatus status;
    if (calls_.status_at(open, name, status) != 0) {
      if (!is_metadata) refuse(file, errno);
    } else if (status.is_link()) {
      file.type = EntryType::link;
      if (!is_metadata) report_link(file.path, on_disk(file.path));
    } else if (!status.is_regular()) {
      file.type = EntryType::special;
      if (!is_metadata) report(Code::special_file, file.path, "neither a file nor a folder; not opened");
    } else {
      file.size = static_cast<std::uint64_t>(status.size);
      file.modified_ns = status.modified;
      file.inode = status.inode;
      const bool is_refused = !is_own(status) && calls_.check_readable_at(open, name) != 0;
      if (is_refused && !is_metadata) refuse(file, errno);
    }
    return file;
  }

  /// Whether this process may read the file as its owner. Takes no system call, unlike faccessat(2).
  [[nodiscard]] bool is_own(const driver::FileStatus& status) const {
    return status.owner == user_ && (status.mode & S_IRUSR) != 0;
  }

  /// The entry of an empty folder, with its time.
  [[nodiscard]] TreeFile empty_folder(int open) const {
    driver::FileStatus status;
    const bool known = calls_.status(open, status) == 0;
    return {.path = found_.path, .modified_ns = known ? status.modified : 0, .type = EntryType::folder};
  }

  /// Marks a file as unreadable and reports the error.
  void refuse(TreeFile& file, int error) {
    file.readable = false;
    report(Code::unreadable_file, file.path, std::generic_category().message(error));
  }

  /// Reports a link, classified by its target.
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

  driver::FileCalls& calls_;
  const std::filesystem::path& root_;
  FoundFolder& found_;
  uid_t user_ = ::geteuid();
};

/// A folder of a walked tree. Positions refer to `Listing`; the position of a folder is below those of its subfolders.
struct Folder {
  std::string path = {};  ///< relative to the root, `.` for the root
  std::string name = {};
  ForeignName foreign = ForeignName::none;
  std::size_t parent = 0;
  std::size_t first_file = 0;
  std::size_t last_file = 0;  ///< one past
  std::vector<std::size_t> folders = {};
};

/// All files and folders of a tree. The files of each folder are a contiguous range.
struct Listing {
  std::vector<TreeFile> files;
  std::vector<Folder> folders;  ///< the root first
};

/// Walks over a tree. The first levels are read one after the other, the folders of each in parallel, until a level has
/// `many` folders. From then on, 16 levels below each of these are read at a time. Diagnostics and results are
/// collected in the order of the tree, so they do not depend on the number of threads.
///
/// - `root`: the absolute path of the tree, without links
/// - `top`: the folder to begin with, not yet read
/// - `parallelism`: folders read at the same time; below 1, throws `invalid`
/// - `calls`: used from several threads
///
/// Never throws because of the content of the tree.
inline void walk_folders(const std::filesystem::path& root, FoundFolder& top, int parallelism,
                         driver::FileCalls& calls) {
  /// Enough folders to keep all threads busy, and few enough levels to keep few descriptors open.
  constexpr std::size_t many = 64;
  std::vector<FoundFolder*> unread{&top};
  while (!unread.empty()) {
    const int levels = unread.size() < many ? 1 : 16;
    driver::run_parallel(unread.size(), parallelism, [&](std::size_t i) {
      FolderReader{calls, root, *unread[i]}.run(levels);
    });
    for (int i = 0; i < levels; ++i) {
      std::vector<FoundFolder*> inside;  // stay valid, because a folder is complete once it was read
      for (FoundFolder* above : unread)
        for (FoundFolder& folder : above->folders) inside.push_back(&folder);
      unread = std::move(inside);
    }
  }
}

/// The root of a tree that was not yet read.
inline FoundFolder unread_root(const std::filesystem::path& root) {
  return {.path = ".", .name = root.filename().string()};
}

/// Adds a folder that was read to a listing, followed by those below it: depth first, in natural order.
///
/// - `found`: copied, or moved if it is not const
/// - `parent`: the position of the folder that contains it
/// - `diagnostics`: receives its problems
template <class Found>
void add_to(Listing& listing, Found&& found, std::size_t parent, std::vector<Diagnostic>& diagnostics) {
  constexpr bool moves = !std::is_lvalue_reference_v<Found>;
  const auto append = [](auto& from, auto& to) {
    if constexpr (moves) {
      std::ranges::move(from, std::back_inserter(to));
    } else {
      std::ranges::copy(from, std::back_inserter(to));
    }
  };
  const std::size_t index = listing.folders.size();
  if (index > 0) listing.folders[parent].folders.push_back(index);
  Folder folder{.path = found.path, .name = found.name, .foreign = found.foreign, .parent = parent};
  folder.first_file = listing.files.size();
  append(found.files, listing.files);
  folder.last_file = listing.files.size();
  listing.folders.push_back(std::move(folder));
  append(found.diagnostics, diagnostics);
  for (auto& inside : found.folders) {
    if constexpr (moves) {
      add_to(listing, std::move(inside), index, diagnostics);
    } else {
      add_to(listing, std::as_const(inside), index, diagnostics);
    }
  }
}

/// One walk over a tree; see `walk_folders` for the parameters. The problems are appended to `diagnostics`.
inline Listing walk(const std::filesystem::path& root, std::vector<Diagnostic>& diagnostics, int parallelism,
                    driver::FileCalls& calls = driver::posix_calls()) {
  FoundFolder top = unread_root(root);
  walk_folders(root, top, parallelism, calls);
  Listing listing;
  add_to(listing, std::move(top), 0, diagnostics);
  return listing;
}

}  // namespace reel::legacy
