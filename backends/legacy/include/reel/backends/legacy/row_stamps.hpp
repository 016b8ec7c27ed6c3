#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/attributes.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/overlay.hpp>
#include <reel/backends/legacy/tree_blobs.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/mix.hpp>

namespace reel::legacy {

/// Combines values into a number that differs if one of them does, except by chance.
class Digest {
 public:
  Digest& add(std::uint64_t bits) {
    value_ = driver::mixed(value_ ^ bits) + 1;
    return *this;
  }
  Digest& add(std::string_view text) { return add(std::uint64_t{std::hash<std::string_view>{}(text)}); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

/// A number that differs between two versions of a document.
[[nodiscard]] inline std::uint64_t digest_of(const driver::Document& document) {
  Digest digest;
  const auto count = [](Timestamp time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); };
  digest.add(count(document.created_at)).add(count(document.updated_at));
  for (const Permission& permission : document.permissions) digest.add(permission.str());
  for (const driver::Value& value : document.values) digest.add(json_of(value));
  return digest.value();
}

/// A record or blob of a tree, as a watch compares it: see `RowStamps`.
struct TreeRow {
  std::string id{};
  std::int64_t sequence = 0;
  std::uint64_t stamp = 0;
};

/// Shows which records of a tree may have changed without opening a file: a stamp differs if one of the files has
/// changed from which the record is derived, or its overlay. A video, a scene or a fix is derived from the files of its
/// topic.
class RowStamps {
 public:
  /// O(files). Both must outlive this.
  RowStamps(const Tree& tree, const TreeBlobs& blobs) : tree_(tree), blobs_(blobs), topics_(tree.topics.size()) {
    for (const TreeFile& file : tree.files)
      if (file.topic && file.role != Role::cache && file.role != Role::foreign) topics_[*file.topic].add(stamp(file));
    for (std::size_t i = 0; i < tree.topics.size(); ++i) {
      const Topic& topic = tree.topics[i];
      topics_[i].add(topic.id).add(topic.name.text).add(topic.name.description).add(topic.session_id);
      for (const Scene& scene : topic.scenes) topics_[i].add(scene.id);
    }
  }

  /// The stamp of the record of a row.
  [[nodiscard]] std::uint64_t of(const LegacyRow& row) const {
    Digest digest;
    digest.add(row.id);
    if (row.topic) digest.add(topics_[static_cast<std::size_t>(row.topic - tree_.topics.data())].value());
    if (row.fix) digest.add(topics_[row.fix->topic].value());
    if (row.file) digest.add(of(*row.file));
    if (row.overlay) {
      std::string overlay;
      append_overlay(overlay, *row.overlay);
      digest.add(overlay);
    }
    return digest.value();
  }

  /// The stamp of the blob of a file.
  [[nodiscard]] std::uint64_t of(FileIndex index) const {
    const TreeFile& file = tree_.files[index];
    Digest digest;
    digest.add(stamp(file)).add(blobs_.address_of(index).bucket).add(blobs_.address_of(index).id);
    if (file.topic) {
      const Topic& topic = tree_.topics[*file.topic];
      const Scene* const scene = file.scene ? topic.find(*file.scene) : nullptr;
      digest.add(topic.id).add(scene ? scene->id : "");
    }
    return digest.value();
  }

 private:
  [[nodiscard]] static std::uint64_t stamp(const TreeFile& file) {
    return Digest()
        .add(file.path)
        .add(file.size)
        .add(static_cast<std::uint64_t>(file.modified_ns))
        .add(file.inode)
        .add(static_cast<std::uint64_t>(file.kind) << 16U | static_cast<std::uint64_t>(file.role) << 8U |
             static_cast<std::uint64_t>(file.readable))
        .add(static_cast<std::uint64_t>(file.scene.value_or(-1)) << 32U |
             static_cast<std::uint32_t>(file.version.value_or(-1)))
        .value();
  }

  const Tree& tree_;
  const TreeBlobs& blobs_;
  std::vector<Digest> topics_;
};

}  // namespace reel::legacy
