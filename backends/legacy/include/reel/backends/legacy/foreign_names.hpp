#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <reel/backends/legacy/name_parts.hpp>
#include <reel/text/ascii.hpp>

/// Names of files that operating systems, file managers, version control, editors and synchronization programs keep
/// beside other files, and of older copies of a whole tree that file servers offer inside it. docs/legacy-tree.md
/// describes what happens to each group.
///
/// The pipeline names the folder of a topic with only `a-z 0-9 _`, so none of these names is a topic. The folder around
/// a topic may have any name; one that is classified as a saved copy is reported as `backup_folder`. ASCII case is
/// ignored, except in `__MACOSX` and `CVS`. Functions with a parameter `lower` expect a name in lower case.
namespace reel::legacy {

/// The classification of a name. `none`: the pipeline or a user may have given it.
enum class ForeignName : std::uint8_t {
  none,
  metadata,  ///< about other files, for the program or machine that made it: not copied
  backup,    ///< an older or another version of a file or folder: copied, and never taken for the original
};

/// Whether a name is one of a fixed list of folders and files of other programs. O(size of the list).
inline bool is_metadata_name(std::string_view lower) {
  constexpr std::array names = std::to_array<std::string_view>({
      // desktops and file servers
      ".ds_store",
      ".localized",
      ".lsoverride",
      ".appledouble",
      ".apdisk",
      ".volumeicon.icns",
      "icon\r",
      ".directory",
      "thumbs.db",
      "thumbs.db:encryptable",
      "ehthumbs.db",
      "ehthumbs_vista.db",
      "desktop.ini",
      "@eadir",
      ".@__thumb",
      ".smbdelete",
      // volumes
      "lost+found",
      "$recycle.bin",
      "system volume information",
      ".trash",
      ".trashes",
      "#recycle",
      ".fseventsd",
      ".spotlight-v100",
      ".temporaryitems",
      ".documentrevisions-v100",
      ".com.apple.timemachine.donotpresent",
      // version control, editors, tools
      ".git",
      ".svn",
      ".hg",
      ".bzr",
      ".idea",
      ".vs",
      ".vscode",
      ".pytest_cache",
      ".mypy_cache",
      ".ruff_cache",
      // synchronisation
      ".dropbox",
      ".dropbox.attr",
      ".dropbox.cache",
      ".stfolder",
      ".stversions",
      ".sync",
      ".tmp.drivedownload",
      ".tmp.driveupload",
      // snapshots of file servers and file systems: older states of the same files
      ".snapshot",
      ".snapshots",
      "#snapshot",
      "~snapshot",
      ".zfs",
      // environments of interpreters, which a package manager installs again; see also is_environment()
      ".venv",
      ".tox",
      ".nox",
  });
  return std::ranges::find(names, lower) != names.end();
}

/// Whether a synchronization program saved the file because of a conflict: Dropbox, Nextcloud, Syncthing and others
/// append such a mark.
inline bool is_conflict_copy(std::string_view lower) {
  constexpr std::array marks = std::to_array<std::string_view>(
      {"conflicted copy", ".sync-conflict-", "(conflict", "[conflict", "(case conflict", "_conflict-20"});
  return std::ranges::any_of(marks, [&](std::string_view mark) {
    const std::size_t at = lower.find(mark);
    // The words may be part of a title; programs append them in brackets.
    return at != std::string_view::npos &&
           (mark != marks[0] || lower.substr(0, at).find('(') != std::string_view::npos);
  });
}

/// Whether a name is that of a swap file of vi: `.<name>.swp`, or further ones, whose last letter counts down.
inline bool is_swap_file(std::string_view lower) {
  return lower.size() > 5 && lower.front() == '.' && lower.substr(lower.size() - 4, 3) == ".sw" &&
         lower.back() >= 'a' && lower.back() <= 'p';
}

/// Whether a name is that of a lock, a resource fork, an unfinished download, or an open file whose name was removed
/// (NFS, FUSE).
inline bool is_lock_or_resource(std::string_view lower) {
  const bool is_lost_handle = lower.starts_with(".nfs") && lower.size() > 4 && lower[4] >= '0' && lower[4] <= '9';
  const bool is_lock = lower.starts_with(".~lock.") && lower.ends_with('#');
  const bool is_download = lower.starts_with(".syncthing.") && lower.ends_with(".tmp");
  return lower.starts_with("._") || lower.starts_with(".#") || lower.starts_with("~$") ||
         lower.starts_with(".fuse_hidden") || is_lost_handle || is_lock || is_download;
}

/// Whether an editor or patch(1) saved the file beside the original: `<name>~`, `#<name>#`, `<name>.bak` and the like.
inline bool is_saved_copy(std::string_view lower) {
  constexpr std::array ends = std::to_array<std::string_view>({"~", ".bak", ".orig", ".rej"});
  const bool is_autosave = lower.size() > 2 && lower.front() == '#' && lower.back() == '#';
  return is_autosave || is_swap_file(lower) || std::ranges::any_of(ends, [&](std::string_view end) {
           return lower.size() > end.size() && lower.ends_with(end);
         });
}

/// Whether a name ends as file managers name a copied folder: ` (copy)`, ` (copy 2)`, ` (another copy)`, ` (3rd copy)`.
inline bool is_marked_copy(std::string_view lower) {
  const std::size_t open = lower.rfind(" (");
  if (open == std::string_view::npos || open == 0 || !lower.ends_with(')')) return false;
  const std::string_view mark = lower.substr(open + 2, lower.size() - open - 3);
  const bool is_numbered =
      mark.starts_with("copy ") && mark.size() > 5 && mark.find_first_not_of("0123456789", 5) == std::string_view::npos;
  const bool is_ordinal = mark.ends_with(" copy") && mark.front() >= '0' && mark.front() <= '9';
  return mark == "copy" || mark == "another copy" || is_numbered || is_ordinal;
}

/// Whether a folder has the name that a package manager uses for installed packages. It is a topic if it directly
/// contains the files of one: see `FolderReader::is_environment`.
inline bool is_environment_name(std::string_view name) { return name == "venv" || name == "node_modules"; }

/// Whether a folder has a name that Python uses in a virtual environment, beside `pyvenv.cfg`.
inline bool is_environment_part(std::string_view name) {
  return is_one_of(name, {"bin", "etc", "include", "lib", "lib64", "share", "Include", "Lib", "Scripts"});
}

/// Classifies a folder by its name. The result applies to everything in it.
[[nodiscard]] inline ForeignName foreign_folder(std::string_view name) {
  const std::string lower = text::lower_ascii(name);
  if (name == "__MACOSX" || name == "CVS" || lower.starts_with(".trash-") || is_metadata_name(lower))
    return ForeignName::metadata;
  if (lower == ".ipynb_checkpoints" || is_conflict_copy(lower) || is_saved_copy(lower) || is_marked_copy(lower))
    return ForeignName::backup;
  return ForeignName::none;
}

/// Classifies a file, a link or another entry by its name. Metadata takes precedence over backups, except for swap
/// files: `._a.swp` is that of a file `_a`, and not a resource fork.
[[nodiscard]] inline ForeignName foreign_file(std::string_view name) {
  const std::string lower = text::lower_ascii(name);
  if (is_swap_file(lower)) return ForeignName::backup;  // also of a file whose name starts with '_'
  if (is_metadata_name(lower) || is_lock_or_resource(lower)) return ForeignName::metadata;
  return is_saved_copy(lower) || is_conflict_copy(lower) ? ForeignName::backup : ForeignName::none;
}

}  // namespace reel::legacy
