#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backend.hpp>
#include <reel/backends/legacy/blobs.hpp>
#include <reel/backends/legacy/bodies.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/engine/query_run.hpp>
#include <reel/file_path.hpp>
#include <reel/text_rules.hpp>

namespace reel {

struct LegacyOptions {
  legacy::ReadOptions read{};
  TextRules text = TextRules::folded;
};

/// The pipeline's `output/` tree as a store: collections `videos`, `scenes`, `agent_memory` (what fixed what, see
/// fixes.hpp) and `artifacts` (one record a file), and all files but caches as blobs. Read-only: whatever would change the tree is `unsupported`. The tree is walked once,
/// on opening; a file is read when its record or blob is asked for, and one that has changed by then is `unavailable`.
/// Thread-safe.
///
/// Opening throws `not_found` if there is no such folder and `forbidden` if it may not be read. What is wrong inside
/// is in `tree().diagnostics`, and the rest is served.
class Legacy {
 public:
  explicit Legacy(FilePath root, LegacyOptions options = {})
      : options_(std::move(options)), tree_(read(root.str(), options_)), blobs_(tree_, options_.text) {}
  Legacy(const Legacy&) = delete;
  Legacy& operator=(const Legacy&) = delete;

  [[nodiscard]] const legacy::Tree& tree() const { return tree_; }

  /// Takes it that a file has this md5, so that it is not read to find out; see `legacy::recall_sums`. Only before its
  /// record or blob is asked for.
  void recall(legacy::FileIndex file, std::string md5) { blobs_.recall(file, std::move(md5)); }

  /// Changes nothing. `unsupported`: a tree has no such collection.
  void ensure(const CollectionSchema& schema) { table(schema); }
  DocumentPtr create(const CollectionSchema&, const Document&) { throw read_only(); }
  DocumentPtr update(const CollectionSchema&, std::string_view, const Change&) { throw read_only(); }
  bool remove(const CollectionSchema&, std::string_view, std::optional<Timestamp>) { throw read_only(); }
  DocumentPtr find(const CollectionSchema& schema, std::string_view id) { return table(schema).share(id); }
  DocumentPage list(const CollectionSchema& schema, const QueryTree& query) { return Run(table(schema), query).list(); }
  std::int64_t count(const CollectionSchema& schema, const QueryTree& query) {
    return Run(table(schema), query).count();
  }
  Explanation explain(const CollectionSchema& schema, const QueryTree& query) {
    return Run(table(schema), query).explain();
  }

  void ensure(const Bucket& bucket) const {
    if (!blobs_.has(bucket)) throw unknown("bucket", bucket.id);
  }
  BlobInfo put(const Bucket&, const BlobInfo&, HashedSource&, bool) { throw read_only(); }
  bool remove(const Bucket&, std::string_view) { throw read_only(); }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) { return blobs_.find(bucket, id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    return blobs_.read(bucket, id, range, sink);
  }
  BlobPage list(const Bucket& bucket, const BlobQuery& query) { return blobs_.list(bucket, query); }

 private:
  using Table = engine::Table<legacy::LegacyBodies>;
  using Run = engine::QueryRun<legacy::LegacyBodies>;

  static legacy::Tree read(const std::string& root, const LegacyOptions& options) {
    std::error_code error;
    const auto status = std::filesystem::status(root, error);
    if (!std::filesystem::exists(status)) throw Error(Errc::not_found, "there is no folder '" + root + "'");
    if (!std::filesystem::is_directory(status)) throw Error(Errc::invalid, "'" + root + "' is no folder");
    const std::filesystem::directory_iterator readable(root, error);
    if (error) throw Error(Errc::forbidden, "the folder '" + root + "' cannot be read: " + error.message());
    return legacy::read_tree(root, options.read);
  }
  static Error read_only() {
    return Error(Errc::unsupported, "a legacy tree is read-only; copy it into another store and change it there");
  }
  static Error unknown(const std::string& kind, const std::string& id) {
    return Error(Errc::unsupported, "a legacy tree has no " + kind + " '" + id + "'", {.collection = id});
  }

  Table& table(const CollectionSchema& schema) {
    const std::lock_guard lock(mutex_);
    auto& known = tables_[schema.id];
    if (!known || !engine::same_shape(known->schema(), schema)) known = filled(schema);
    return *known;
  }

  /// The collections of the pipeline that a tree has something for; what it has no file for is there, and empty.
  [[nodiscard]] std::unique_ptr<Table> filled(const CollectionSchema& schema) const {
    auto made = std::make_unique<Table>(
        schema, options_.text, legacy::LegacyBodies(tree_, blobs_, std::make_shared<const CollectionSchema>(schema)));
    if (schema.id == "videos") {
      for (const legacy::Topic& topic : tree_.topics) add(*made, {.id = topic.id, .topic = &topic});
    } else if (schema.id == "scenes") {
      for (const legacy::Topic& topic : tree_.topics) {
        for (const legacy::Scene& scene : topic.scenes) add(*made, {.id = scene.id, .topic = &topic, .scene = &scene});
      }
    } else if (schema.id == "artifacts") {
      for (legacy::FileIndex i = 0; i < tree_.files.size(); ++i) {
        if (!blobs_.place_of(i).id.empty()) add(*made, {.id = legacy::artifact_id(tree_.files[i].path), .file = i});
      }
    } else if (schema.id == "agent_memory") {
      for (const legacy::MinedFix& fix : tree_.fixes) add(*made, {.id = fix.id, .fix = &fix});
    } else {
      throw unknown("collection", schema.id);
    }
    return made;
  }

  static void add(Table& table, legacy::LegacyRow row) {
    row.sequence = table.next_sequence();
    const auto& schema = table.schema();
    const bool reads = std::any_of(schema.indexes.begin(), schema.indexes.end(), [&](const IndexSchema& index) {
      return std::any_of(index.parts.begin(), index.parts.end(), [&](const IndexPart& part) {
        return legacy::DocumentMaker::reads_file(schema.attributes[static_cast<std::size_t>(part.attribute)].name);
      });
    });
    const auto document = [&](legacy::Texts texts) {
      return std::make_shared<const Document>(table.bodies().document(row, texts));
    };
    DocumentPtr indexed;
    try {
      indexed = document(reads ? legacy::Texts::read : legacy::Texts::skip);
    } catch (const Error&) {  // it is said when the record is asked for
      indexed = document(legacy::Texts::skip);
    }
    table.apply({nullptr, indexed}, std::move(row));
  }

  LegacyOptions options_;
  legacy::Tree tree_;
  legacy::Blobs blobs_;
  std::mutex mutex_;  ///< of `tables_`
  std::unordered_map<std::string, std::unique_ptr<Table>> tables_;
};

static_assert(check_backend<Legacy>());
static_assert(ExplainBackend<Legacy>);

}  // namespace reel
