#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/documents.hpp>
#include <reel/local/table.hpp>

namespace reel::legacy {

/// The bodies of a table whose documents are made from a tree's files whenever one is asked for.
class LegacyBodies {
 public:
  using Row = LegacyRow;

  LegacyBodies(const Tree& tree, const TreeBlobs& blobs, std::shared_ptr<const driver::CollectionSchema> schema)
      : tree_(&tree), blobs_(&blobs), schema_(std::move(schema)) {}

  static bool live(const Row& row) { return !row.id.empty(); }
  static std::string_view id(const Row& row) { return row.id; }
  [[nodiscard]] driver::DocumentPtr view(const Row& row) const { return share(row); }
  [[nodiscard]] driver::DocumentPtr share(const Row& row) const {
    return std::make_shared<const driver::Document>(maker().document(row, Texts::read));
  }

  [[nodiscard]] DocumentMaker maker() const { return {*tree_, *blobs_, *schema_}; }
  /// The whole one; that of a table which is only walked lacks the indexes.
  [[nodiscard]] const driver::CollectionSchema& schema() const { return *schema_; }

 private:
  const Tree* tree_;
  const TreeBlobs* blobs_;
  std::shared_ptr<const driver::CollectionSchema> schema_;
};

}  // namespace reel::legacy
