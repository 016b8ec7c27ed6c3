#pragma once

#include <algorithm>
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

/// The schemas of all collections of a store, those that other programs make included. A file is read again only when
/// it is another. Thread-safe.
class StoredSchemas {
 public:
  StoredSchemas(FileCalls& calls, std::string folder) : calls_(&calls), folder_(std::move(folder)) {}

  [[nodiscard]] std::vector<std::shared_ptr<const driver::CollectionSchema>> all() {
    std::vector<std::string> names;
    if (exists(*calls_, folder_) && calls_->list(folder_, names) != 0) throw file_error("list", folder_);
    std::sort(names.begin(), names.end());
    const std::lock_guard lock(mutex_);
    std::map<std::string, Entry> now;
    std::vector<std::shared_ptr<const driver::CollectionSchema>> schemas;
    for (const std::string& name : names) {
      const std::string path = folder_ + "/" + name + "/schema.json";
      const auto status = status_of(*calls_, path);
      if (!status) continue;
      Entry& entry = now[name] = known_[name];
      if (!entry.schema || entry.inode != status->inode || entry.modified != status->modified) {
        auto schema = read_schema(*calls_, path);
        if (!schema) continue;
        entry = {status->inode, status->modified,
                 std::make_shared<const driver::CollectionSchema>(std::move(schema->schema))};
      }
      schemas.push_back(entry.schema);
    }
    known_ = std::move(now);
    return schemas;
  }

 private:
  struct Entry {
    std::uint64_t inode = 0;
    driver::FileTime modified = 0;
    std::shared_ptr<const driver::CollectionSchema> schema{};
  };

  FileCalls* calls_;
  std::string folder_;
  std::mutex mutex_;
  std::map<std::string, Entry> known_;
};

}  // namespace reel::filesystem
