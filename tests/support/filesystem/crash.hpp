#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/filesystem/recording_calls.hpp"

namespace reel::testing {

/// The contents of a medium after a power loss by path. The path of a folder ends in '/'.
using DiskState = std::map<std::string, std::string>;

inline void materialise(const DiskState& state, const std::string& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [path, content] : state) {  // a folder sorts before its entries
    if (path.ends_with('/')) {
      std::filesystem::create_directory(folder + "/" + path);
    } else {
      write_file(folder + "/" + path, content);
    }
  }
}

/// Replays a log of calls and returns the states in which a power loss may leave the medium at each point of the log.
///
/// Only synced data are certain. Each block of 512 bytes written to a file since its last sync may be on the medium or
/// not, in any order, and the file may have any size that it had since. Each change of a folder's entries since the
/// sync of the folder may be on the medium or not; a rename is one change. Syncing a file does not sync its name.
class CrashingDisk {
 public:
  explicit CrashingDisk(const RecordingCalls& calls) {
    folders_[""];
    for (const std::string& path : calls.folders_at_start) {
      folders_[path];
      folders_[parent(path)].entries[path] = folder_entry;
    }
    for (const auto& [path, file] : calls.at_start) {
      files_[file.first].content = file.second;
      folders_[parent(path)].entries[path] = file.first;
    }
  }

  /// Applies the next call.
  void advance(const RecordedCall& call) {
    switch (call.kind) {
      case FileCallKind::write:
      case FileCallKind::truncate:
        files_[call.file].pending.push_back(call);
        break;
      case FileCallKind::sync:
        files_[call.file].content = files_[call.file].applied();
        files_[call.file].pending.clear();
        break;
      case FileCallKind::create:
        files_[call.file];
        [[fallthrough]];
      case FileCallKind::unlink:
      case FileCallKind::rename:
        folders_[parent(call.path)].pending.push_back(call);
        break;
      case FileCallKind::make_folder:
        folders_[call.path];
        folders_[parent(call.path)].pending.push_back(call);
        break;
      case FileCallKind::sync_folder: {
        Folder& folder = folders_[call.path];
        for (const RecordedCall& change : folder.pending) change_entries(folder.entries, change);
        folder.pending.clear();
        break;
      }
      case FileCallKind::note:
        break;
    }
  }

  /// Returns the states in which all files and folders lose the same kind of change, and `mixed` random mixtures.
  [[nodiscard]] std::set<DiskState> states(int mixed, std::mt19937& chance) const {
    std::set<DiskState> all;
    for (int file = 0; file < ways; ++file) {
      for (int folder = 0; folder < folder_ways; ++folder)
        all.insert(state([&] { return file; }, [&] { return folder; }, chance));
    }
    for (int i = 0; i < mixed; ++i)
      all.insert(state([&] { return number(chance, ways); }, [&] { return number(chance, folder_ways); }, chance));
    return all;
  }

 private:
  static constexpr int folder_entry = -1;
  static constexpr int ways = 8;
  static constexpr int folder_ways = 4;
  static constexpr std::int64_t sector = 512;
  using Entries = std::map<std::string, int>;

  static int number(std::mt19937& chance, int below) {
    return static_cast<int>(chance() % static_cast<unsigned>(below));
  }
  static std::string parent(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }

  struct DiskFile {
    std::string content{};                ///< the synced content
    std::vector<RecordedCall> pending{};  ///< writes and truncations since the sync

    static void write(std::string& content, std::int64_t offset, const std::string& bytes) {
      const auto place = static_cast<std::size_t>(offset);
      if (content.size() < place + bytes.size()) content.resize(place + bytes.size());
      content.replace(place, bytes.size(), bytes);
    }
    static void change(std::string& content, const RecordedCall& call) {
      if (call.kind == FileCallKind::truncate) {
        content.resize(static_cast<std::size_t>(call.offset));
      } else {
        write(content, call.offset, call.bytes);
      }
    }
    /// Applies the pieces of a write for which `wanted(offset in the file)` returns true.
    template <class Wanted>
    static void change_pieces(std::string& content, const RecordedCall& call, Wanted wanted) {
      if (call.kind == FileCallKind::truncate) {
        if (wanted(call.offset)) change(content, call);
        return;
      }
      const std::int64_t end = call.offset + static_cast<std::int64_t>(call.bytes.size());
      for (std::int64_t at = call.offset; at < end;) {
        const std::int64_t next = std::min(end, (at / sector + 1) * sector);
        if (wanted(at))
          write(content, at,
                call.bytes.substr(static_cast<std::size_t>(at - call.offset), static_cast<std::size_t>(next - at)));
        at = next;
      }
    }

    [[nodiscard]] std::string applied() const {
      std::string result = content;
      for (const RecordedCall& call : pending) change(result, call);
      return result;
    }

    [[nodiscard]] std::string after(int way, std::mt19937& chance) const {
      if (pending.empty() || way == 1) return content;
      if (way == 0) return applied();
      std::string result = content;
      const RecordedCall& last = pending.back();
      if (way <= 4) {
        for (std::size_t i = 0; i + 1 < pending.size(); ++i) change(result, pending[i]);
      }
      const auto middle = last.offset + static_cast<std::int64_t>(last.bytes.size() / 2);
      switch (way) {
        case 2:  // the last write was cut at any byte
          if (!last.bytes.empty()) {
            const auto kept = static_cast<std::size_t>(number(chance, static_cast<int>(last.bytes.size())));
            write(result, last.offset, last.bytes.substr(0, kept));
          }
          break;
        case 3:  // its first pieces were written
          change_pieces(result, last, [&](std::int64_t at) { return at < middle; });
          break;
        case 4:  // its last pieces were written
          change_pieces(result, last, [&](std::int64_t at) { return at >= middle; });
          break;
        case 5:  // only the last write was done
          change(result, last);
          break;
        case 6:  // the new size without the new bytes
          result.resize(applied().size());
          break;
        default:
          for (const RecordedCall& call : pending)
            change_pieces(result, call, [&](std::int64_t) { return number(chance, 2) == 0; });
      }
      return result;
    }
  };

  struct Folder {
    Entries entries{};                    ///< the synced entries by path
    std::vector<RecordedCall> pending{};  ///< changes since the sync
  };

  static void change_entries(Entries& entries, const RecordedCall& call) {
    switch (call.kind) {
      case FileCallKind::create:
        entries[call.path] = call.file;
        break;
      case FileCallKind::make_folder:
        entries[call.path] = folder_entry;
        break;
      case FileCallKind::unlink:
        entries.erase(call.path);
        break;
      default:
        entries[call.to] = call.file;
        entries.erase(call.path);
    }
  }

  static Entries after(const Folder& folder, int way, std::mt19937& chance) {
    Entries entries = folder.entries;
    for (std::size_t i = 0; i < folder.pending.size(); ++i) {
      const bool is_last = i + 1 == folder.pending.size();
      const bool there = way == 0 || (way == 2 && !is_last) || (way == 3 && number(chance, 2) == 0);
      if (there) change_entries(entries, folder.pending[i]);
    }
    return entries;
  }

  template <class FileWay, class FolderWay>
  DiskState state(FileWay file_way, FolderWay folder_way, std::mt19937& chance) const {
    DiskState result;
    std::map<int, std::string> contents;
    std::vector<std::string> reached{""};
    while (!reached.empty()) {
      const std::string path = reached.back();
      reached.pop_back();
      for (const auto& [name, file] : after(folders_.at(path), folder_way(), chance)) {
        if (file == folder_entry) {
          result[name + "/"];
          reached.push_back(name);
          continue;
        }
        auto known = contents.find(file);
        if (known == contents.end()) known = contents.emplace(file, files_.at(file).after(file_way(), chance)).first;
        result[name] = known->second;
      }
    }
    return result;
  }

  std::map<int, DiskFile> files_;
  std::map<std::string, Folder> folders_;
};

}  // namespace reel::testing
