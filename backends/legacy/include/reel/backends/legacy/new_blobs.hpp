#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <reel/backends/legacy/model.hpp>
#include <reel/blob.hpp>
#include <reel/text/ascii.hpp>

namespace reel::legacy {

/// Blobs that were written since the tree was read.
class NewBlobs {
 public:
  struct Entry {
    File file;
    BlobInfo info;
  };

  [[nodiscard]] const Entry* find(std::string_view bucket, std::string_view id) const {
    const auto entries = buckets_.find(bucket);
    const auto number = numbers_.find(key(bucket, id));
    return number == numbers_.end() ? nullptr : &entries->second.at(number->second);
  }
  void put(const std::string& bucket, Entry entry) {
    erase(bucket, entry.info.id.str());
    numbers_.insert_or_assign(key(bucket, entry.info.id.str()), entry.info.sequence);
    buckets_[bucket].insert_or_assign(entry.info.sequence, std::move(entry));
  }
  bool erase(std::string_view bucket, std::string_view id) {
    const auto number = numbers_.find(key(bucket, id));
    if (number == numbers_.end()) return false;
    buckets_.find(bucket)->second.erase(number->second);
    numbers_.erase(number);
    return true;
  }
  [[nodiscard]] const std::map<std::int64_t, Entry>* in(std::string_view bucket) const {
    const auto found = buckets_.find(bucket);
    return found == buckets_.end() || found->second.empty() ? nullptr : &found->second;
  }
  void clear() {
    buckets_.clear();
    numbers_.clear();
  }
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [bucket, entries] : buckets_)
      for (const auto& [sequence, entry] : entries) visit(entry);
  }

 private:
  static std::string key(std::string_view bucket, std::string_view id) {
    return std::string(bucket) + '\n' + text::lower_ascii(id);
  }

  std::map<std::string, std::map<std::int64_t, Entry>, std::less<>> buckets_;
  std::unordered_map<std::string, std::int64_t> numbers_;
};

}  // namespace reel::legacy
