#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/detail/migrate_access.hpp>
#include <reel/detail/migrate_blobs.hpp>
#include <reel/detail/migrate_records.hpp>
#include <reel/detail/migration_run.hpp>
#include <reel/detail/migration_walk.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/migrate.hpp>

namespace reel::detail {

/// Copies collections and buckets one after another. `MigrationRun` holds what they have in common; this class sets up
/// the target and reports what concerns a collection or bucket as a whole.
class Migration {
 public:
  /// `run` must outlive the object.
  explicit Migration(MigrationRun& run) : run_(run), target_(run.target) {}

  /// Copies one collection. The collections it refers to have been copied before.
  void copy(const driver::CollectionSchema& schema) {
    run_.begin({.id = schema.id});
    if (!prepare(schema)) return;
    report_uncopied_columns(schema);
    if (run_.options.dry_run) note_kept_columns(schema);
    list([&] {
      IdSet ids = RecordMigration(run_, schema, migrated_, stored_).copy();
      migrated_.push_back({.schema = &schema, .ids = std::move(ids)});
    });
    check_refusal();
    if (!run_.options.dry_run || !run_.has_found()) return;
    for (const driver::IndexSchema& index : schema.indexes) {
      if (index.kind == driver::IndexKind::unique)
        run_.note("whether two records violate the unique index '" + index.name +
                  "' is known only when they are written");
    }
  }

  /// Copies one bucket.
  void copy(const Bucket& bucket) {
    run_.begin({.id = bucket.id, .bucket = true});
    if (!prepare(bucket)) return;
    list([&] { BlobMigration(run_, bucket, max_size_).copy(); });
    check_refusal();
    if (run_.options.dry_run && run_.has_found())
      run_.note("whether the bytes are readable and intact is known only when they are copied");
  }

 private:
  /// Creates the collection or bucket in the target; in a dry run only finds out what that would do. False if it cannot
  /// be copied, which is in the report then.
  template <class Container>
  bool prepare(const Container& container) {
    stored_ = nullptr;
    refusal_.reset();
    max_size_.reset();
    Container wanted = container;
    wanted.access = AccessMigration(run_).wanted(container);
    try {
      if (run_.options.dry_run) {
        preview(wanted);
      } else {
        target_.ensure(wanted);
      }
    } catch (const Error& error) {
      run_.fail_kind("setup", error);
      return false;
    }
    return true;
  }

  /// Reports what setting up the target would change.
  template <class Container>
  void preview(const Container& container) {
    const driver::AbilitySet abilities = target_.abilities();
    if (std::same_as<Container, Bucket> ? abilities.blob_preview : abilities.preview) return note_preview(container);
    look_for(container);
  }
  /// Adds the preview to the notes and keeps what copying has to know of it.
  template <class Container>
  void note_preview(const Container& container) {
    const driver::SetupPreview preview = target_.preview(container);
    if (!preview.exists) run_.note("the target does not have it yet; it would be created");
    for (const std::string& change : preview.changes) run_.note("in the target " + change);
    stored_ = preview.stored;
    refusal_ = preview.refusal;
    max_size_ = preview.max_size;
    if constexpr (std::same_as<Container, Bucket>) note_limit(container);
  }
  /// Notes that the target accepts smaller blobs only.
  void note_limit(const Bucket& bucket) {
    if (max_size_ && (bucket.max_size == 0 || *max_size_ < bucket.max_size))
      run_.note("the target accepts files of up to " + std::to_string(*max_size_) +
                " bytes, less than the limit of the bucket");
  }
  /// The preview of a target that has no `PreviewBackend`: only whether the collection or bucket exists.
  template <class Container>
  void look_for(const Container& container) {
    try {
      static_cast<void>(target_.find(container, "0"));
      run_.note("whether the one in the target matches is known only when it is set up");
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      run_.note("the target does not have it yet; it would be created");
    }
  }

  /// In a dry run, reports the refusal of the preview if there is anything to write.
  void check_refusal() {
    const MigrationCounts& counts = run_.report().kinds.back();
    if (refusal_ && counts.created + counts.overwritten > 0) run_.fail_kind("write", *refusal_);
  }

  /// Lists the columns of the source that are not in the schema and therefore not copied.
  void report_uncopied_columns(const driver::CollectionSchema& schema) {
    for (const driver::ForeignColumn& column : foreign_columns(run_.source, schema)) {
      run_.note(column.text("the source") + "; it stays there and is not copied");
      run_.report().uncopied.push_back({.collection = schema.id, .column = column.name, .records = column.records});
    }
  }
  /// Notes the columns of the target that are not in the schema. They keep their values.
  void note_kept_columns(const driver::CollectionSchema& schema) {
    for (const driver::ForeignColumn& column : foreign_columns(target_, schema))
      run_.note(column.text("the target") + "; it stays as it is");
  }
  /// Columns that are not in the schema; none if the collection does not exist or cannot be listed, because listing its
  /// records fails with the same error. A key that may read records but not the schema cannot prove that every value is
  /// copied, which is a failure.
  std::vector<driver::ForeignColumn> foreign_columns(driver::ErasedStore& store,
                                                     const driver::CollectionSchema& schema) {
    if (!store.abilities().foreign_columns) return {};
    try {
      return store.foreign_columns(schema);
    } catch (const Error& error) {
      if (error.code() == Errc::forbidden) run_.fail_kind("columns", error);
    }
    return {};
  }

  /// Runs `body`, which lists the source, and reports its error. A source without the collection or bucket is a note.
  template <class F>
  void list(F&& body) {
    try {
      body();
    } catch (const Error& error) {
      if (error.code() == Errc::not_found && !run_.has_found()) {
        run_.note("the source does not have it");
      } else {
        run_.fail_kind("list", error);
      }
    }
  }

  MigrationRun& run_;
  driver::ErasedStore& target_;
  std::vector<MigratedIds> migrated_;
  std::shared_ptr<const driver::CollectionSchema> stored_{};  ///< of the kind that is prepared, see `SetupPreview`
  std::optional<Error> refusal_{};                            ///< likewise
  std::optional<std::int64_t> max_size_{};                    ///< likewise
};

REEL_INLINE MigrationReport migrate(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                                    const MigrationOptions& options) {
  driver::check_parallelism(options.parallelism);
  MigrationRun run(source, target, options);
  Migration migration(run);
  for_each_kind(source.abilities(), target.abilities(), set, [&](const auto& kind) {
    if (!run.stopping()) migration.copy(kind);
  });
  return std::move(run.report());
}

}  // namespace reel::detail
