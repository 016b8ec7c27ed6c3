#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/id.hpp>

namespace reel::filesystem {

/// A collection or bucket (`T`) of a store, which may be open. Opening one does not block the others.
template <class T>
struct OpenPart {
  std::shared_mutex mutex{};  ///< protects `open`; held while it is opened
  std::shared_ptr<T> open{};  ///< null: not open

  /// The open part. If it is not open, calls `make()` and keeps the result.
  template <class Make>
  [[nodiscard]] std::shared_ptr<T> opened(Make&& make) {
    {
      const std::shared_lock lock(mutex);
      if (open) return open;
    }
    const std::unique_lock lock(mutex);
    if (!open) open = make();
    return open;
  }

  /// Closes the part if it is still `one`.
  void close(const std::shared_ptr<T>& one) {
    const std::unique_lock lock(mutex);
    if (open == one) open.reset();
  }
};

/// The collections or buckets of a store by id; ids compare without case. Entries are never removed. Thread-safe.
///
/// Lock order: the mutex of this object, then that of a part, then the locks of the part's own object.
template <class T>
class OpenParts {
 public:
  /// The entry of an id; valid as long as this object.
  [[nodiscard]] OpenPart<T>& at(std::string_view id) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = parts_.find(id); found != parts_.end()) return found->second;
    }
    const std::unique_lock lock(mutex_);
    return parts_[std::string(id)];
  }

  /// Calls `body` with each open part. No mutex is held during the calls.
  template <class F>
  void for_each(F&& body) {
    std::vector<std::shared_ptr<T>> all;
    {
      const std::shared_lock lock(mutex_);
      for (auto& [id, part] : parts_) {
        const std::shared_lock part_lock(part.mutex);
        if (part.open) all.push_back(part.open);
      }
    }
    for (const std::shared_ptr<T>& one : all) body(*one);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const { return static_cast<std::size_t>(id_hash(id)); }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return same_id(a, b); }
  };

  std::shared_mutex mutex_;
  std::unordered_map<std::string, OpenPart<T>, Hash, Same> parts_;
};

}  // namespace reel::filesystem
