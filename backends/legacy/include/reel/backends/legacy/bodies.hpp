#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/documents.hpp>
#include <reel/engine/table.hpp>

namespace reel::legacy {

/// A video, a scene, a fix or a file.
struct LegacyRow {
  std::string id{};  ///< empty stands for no record
  const Topic* topic = nullptr;
  const Scene* scene = nullptr;
  const MinedFix* fix = nullptr;
  FileIndex file = 0;
  std::int64_t sequence = 0;
};

/// The bodies of a table whose documents are made from a tree's files whenever one is asked for.
class LegacyBodies {
 public:
  using Row = LegacyRow;

  LegacyBodies(const Tree& tree, const Blobs& blobs, std::shared_ptr<const CollectionSchema> schema)
      : tree_(&tree), blobs_(&blobs), schema_(std::move(schema)) {}

  static bool live(const Row& row) { return !row.id.empty(); }
  static std::string_view id(const Row& row) { return row.id; }
  [[nodiscard]] DocumentPtr view(const Row& row) const { return share(row); }
  [[nodiscard]] DocumentPtr share(const Row& row) const {
    return std::make_shared<const Document>(document(row, Texts::read));
  }
  static void prefetch(const std::vector<Row>&, std::size_t, std::span<const std::size_t>) {}

  [[nodiscard]] Document document(const Row& row, Texts texts) const {
    const DocumentMaker make(*tree_, *blobs_, *schema_);
    return row.scene   ? make.scene(*row.topic, *row.scene, row.sequence, texts)
           : row.topic ? make.video(*row.topic, row.sequence)
           : row.fix   ? make.fix(*row.fix, row.sequence, texts)
                       : make.artifact(row.file, row.sequence, texts);
  }

 private:
  const Tree* tree_;
  const Blobs* blobs_;
  std::shared_ptr<const CollectionSchema> schema_;
};

}  // namespace reel::legacy
