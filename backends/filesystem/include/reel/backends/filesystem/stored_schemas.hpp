#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/schema_file.hpp>

namespace reel::filesystem {

/// The file that exists while the schema of a collection changes: `.NAME.changing` beside the collection's folder.
[[nodiscard]] inline std::string changing_path(const std::string& folder) {
  const std::size_t name = folder.rfind('/') + 1;
  return folder.substr(0, name) + "." + folder.substr(name) + ".changing";
}

/// Replaces `schema.json` of the collection in `folder`. `StoredSchemas` of other processes notice, because the names
/// in `collections/` change before and after, and keep nothing while `changing_path` exists. After a crash in between
/// the next program that opens the collection removes it.
inline void replace_schema(FileCalls& calls, const std::string& folder, const driver::CollectionSchema& schema) {
  const std::string changing = changing_path(folder);
  static_cast<void>(File(calls, changing, O_WRONLY | O_CREAT));
  replace_file(calls, folder + "/schema.json", schema_text(schema));
  calls.unlink(changing);
}

/// The schemas of all collections of a store, including those that other programs create. Lists the folder only if its
/// modification time has changed, and reads a schema only if its file has. Thread-safe.
class StoredSchemas {
 public:
  using Schemas = std::vector<std::shared_ptr<const driver::CollectionSchema>>;

  StoredSchemas(FileCalls& calls, std::string folder) : calls_(&calls), folder_(std::move(folder)) {}

  [[nodiscard]] Schemas all() {
    const auto status = status_of(*calls_, folder_);
    const std::lock_guard lock(mutex_);
    if (!status) return {};
    if (is_complete_ && status->inode == inode_ && status->modified == modified_) return schemas_;
    is_complete_ = false;
    is_complete_ = read() && is_settled(status->modified);
    inode_ = status->inode;
    modified_ = status->modified;
    return schemas_;
  }

 private:
  struct Entry {
    std::uint64_t inode = 0;
    driver::FileTime modified = 0;
    std::shared_ptr<const driver::CollectionSchema> schema{};
  };

  /// File systems count time in steps of up to two seconds. A change within the same step leaves the same time.
  [[nodiscard]] static bool is_settled(driver::FileTime modified) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return modified + 2'000'000'000 < std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  }

  /// False if another process was in the middle of creating a collection or changing a schema.
  [[nodiscard]] bool read() {
    std::vector<std::string> names;
    if (calls_->list(folder_, names) != 0) throw file_error("list", folder_);
    std::sort(names.begin(), names.end());
    bool complete = true;
    std::map<std::string, Entry> now;
    schemas_.clear();
    for (const std::string& name : names) {
      const std::string path = folder_ + "/" + name + "/schema.json";
      const auto status = status_of(*calls_, path);
      if (!status) {
        complete = false;
        continue;
      }
      Entry& entry = now[name] = known_[name];
      if (!entry.schema || entry.inode != status->inode || entry.modified != status->modified) {
        auto schema = read_schema(*calls_, path);
        if (!schema) {
          complete = false;
          continue;
        }
        entry = {status->inode, status->modified,
                 std::make_shared<const driver::CollectionSchema>(std::move(schema->schema))};
      }
      schemas_.push_back(entry.schema);
    }
    known_ = std::move(now);
    return complete;
  }

  FileCalls* calls_;
  std::string folder_;
  std::mutex mutex_;
  Schemas schemas_{};
  bool is_complete_ = false;     ///< `schemas_` holds for a folder that has not changed since
  std::uint64_t inode_ = 0;      ///< of the folder when `schemas_` were read
  driver::FileTime modified_{};  ///< likewise
  std::map<std::string, Entry> known_;
};

}  // namespace reel::filesystem
