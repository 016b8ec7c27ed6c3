#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/driver/file/file_time.hpp>

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
    const FileMark mark = mark_of(*status);
    if (complete_at_ == mark) return schemas_;
    complete_at_.reset();
    const bool may_change_unseen = driver::may_change_unseen(mark.modified);
    if (read() && !may_change_unseen) complete_at_ = mark;
    return schemas_;
  }

 private:
  struct KnownSchema {
    FileMark mark{};
    std::shared_ptr<const driver::CollectionSchema> schema{};
  };

  /// False if another process was in the middle of creating a collection or changing a schema.
  [[nodiscard]] bool read() {
    std::vector<std::string> names;
    if (calls_->list(folder_, names) != 0) throw file_error("list", folder_);
    std::sort(names.begin(), names.end());
    bool complete = true;
    std::map<std::string, KnownSchema> now;
    schemas_.clear();
    for (const std::string& name : names) {
      const std::string path = folder_ + "/" + name + "/schema.json";
      const auto status = status_of(*calls_, path);
      if (!status) {
        complete = false;
        continue;
      }
      KnownSchema& entry = now[name] = known_[name];
      if (const FileMark mark = mark_of(*status); !entry.schema || entry.mark != mark) {
        auto schema = read_schema(*calls_, path);
        if (!schema) {
          complete = false;
          continue;
        }
        entry = {mark, std::make_shared<const driver::CollectionSchema>(std::move(schema->schema))};
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
  std::optional<FileMark> complete_at_{};  ///< while the folder has this mark, `schemas_` is complete
  std::map<std::string, KnownSchema> known_;
};

}  // namespace reel::filesystem
