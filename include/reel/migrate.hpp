#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/detail/blob_transfer.hpp>
#include <reel/detail/migrate_blobs.hpp>
#include <reel/detail/migrate_records.hpp>
#include <reel/detail/migration_run.hpp>
#include <reel/detail/migration_walk.hpp>
#include <reel/driver/backend.hpp>
#include <reel/migration_report.hpp>
#include <reel/migration_set.hpp>
#include <reel/verify.hpp>

namespace reel {

namespace detail {

template <class Source, class Target>
class Migration {
 public:
  explicit Migration(MigrationRun<Source, Target>& run) : run_(run), target_(run.target) {}

  void copy(const driver::CollectionSchema& schema) {
    run_.begin({.id = schema.id});
    if (!prepare(schema)) return;
    report_uncopied_columns(schema);
    if (run_.options.dry_run) note_kept_columns(schema);
    list([&] {
      IdSet ids = RecordMigration<Source, Target>(run_, schema, migrated_, stored_).copy();
      migrated_.push_back({.schema = &schema, .ids = std::move(ids)});
    });
    check_refusal();
    if (!run_.options.dry_run || !run_.has_found()) return;
    for (const driver::IndexSchema& index : schema.indexes) {
      if (index.kind == driver::IndexKind::unique)
        run_.note("whether two records break the unique index '" + index.name + "' shows only when they are written");
    }
  }

  void copy(const Bucket& bucket) {
    run_.begin({.id = bucket.id, .bucket = true});
    if (!prepare(bucket)) return;
    list([&] { BlobMigration<Source, Target>(run_, bucket, max_size_).copy(); });
    check_refusal();
    if (run_.options.dry_run && run_.has_found())
      run_.note("whether the bytes can be read and are undamaged shows only when they are copied");
  }

 private:
  /// Sets the target up; in a dry run only looks at what that would do. False: the kind cannot be copied.
  template <class Container>
  bool prepare(const Container& container) {
    stored_ = nullptr;
    refusal_.reset();
    max_size_.reset();
    try {
      if (run_.options.dry_run) {
        preview(container);
      } else {
        target_.ensure(container);
      }
    } catch (const Error& error) {
      run_.fail_kind("setup", error);
      return false;
    }
    return true;
  }

  template <class Container>
  void preview(const Container& container) {
    if constexpr (requires {
                    { target_.preview(container) } -> std::same_as<driver::SetupPreview>;
                  }) {
      const driver::AbilitySet abilities = driver::abilities_of(target_);
      if (std::same_as<Container, Bucket> ? abilities.blob_preview : abilities.preview) return note_preview(container);
    }
    look_for(container);
  }
  template <class Container>
  void note_preview(const Container& container) {
    const driver::SetupPreview preview = target_.preview(container);
    if (!preview.exists) run_.note("the target has none yet; it would be made");
    for (const std::string& change : preview.changes) run_.note("in the target " + change);
    stored_ = preview.stored;
    refusal_ = preview.refusal;
    max_size_ = preview.max_size;
    if constexpr (std::same_as<Container, Bucket>) note_limit(container);
  }
  void note_limit(const Bucket& bucket) {
    if (max_size_ && (bucket.max_size == 0 || *max_size_ < bucket.max_size))
      run_.note("the target takes files of up to " + std::to_string(*max_size_) + " bytes, fewer than the bucket");
  }
  /// For a target that cannot preview what setting it up does.
  template <class Container>
  void look_for(const Container& container) {
    try {
      static_cast<void>(target_.find(container, "0"));
      run_.note("whether the target's agrees with what is wanted shows only when it is set up");
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      run_.note("the target has none yet; it would be made");
    }
  }

  /// In a dry run: what is to be written cannot be.
  void check_refusal() {
    const MigrationCounts& counts = run_.report().kinds.back();
    if (refusal_ && counts.created + counts.overwritten > 0) run_.fail_kind("write", *refusal_);
  }

  /// Columns of the source that are not in the schema are not copied: the report lists them.
  void report_uncopied_columns(const driver::CollectionSchema& schema) {
    for (const driver::ForeignColumn& column : foreign_columns(run_.source, schema)) {
      run_.note(column.text("the source") + "; it stays there and is not copied");
      run_.report().uncopied.push_back({.collection = schema.id, .column = column.name, .records = column.records});
    }
  }
  void note_kept_columns(const driver::CollectionSchema& schema) {
    for (const driver::ForeignColumn& column : foreign_columns(target_, schema))
      run_.note(column.text("the target") + "; it stays as it is");
  }
  /// None where the collection does not exist, or listing its records fails with the same error. A key that may only
  /// read records cannot show that each value is copied, which is a failure.
  template <class Store>
  std::vector<driver::ForeignColumn> foreign_columns(Store& store, const driver::CollectionSchema& schema) {
    if constexpr (driver::ForeignColumnBackend<Store>) {
      if (!driver::abilities_of(store).foreign_columns) return {};
      try {
        return store.foreign_columns(schema);
      } catch (const Error& error) {
        if (error.code() == Errc::forbidden) run_.fail_kind("columns", error);
      }
    }
    return {};
  }

  template <class F>
  void list(F&& body) {
    try {
      body();
    } catch (const Error& error) {
      if (error.code() == Errc::not_found && !run_.has_found()) {
        run_.note("the source has none");
      } else {
        run_.fail_kind("list", error);
      }
    }
  }

  MigrationRun<Source, Target>& run_;
  Target& target_;
  std::vector<MigratedIds> migrated_;
  std::shared_ptr<const driver::CollectionSchema> stored_{};  ///< of the kind that is prepared, see `SetupPreview`
  std::optional<Error> refusal_{};                            ///< likewise
  std::optional<std::int64_t> max_size_{};                    ///< likewise
};

}  // namespace detail

/// Copies records and blobs with their ids, permissions and times (of a blob, where the target keeps them), collections
/// first, each behind those it refers to. The source is only read. What fails is listed in the report and does not stop
/// the rest. Copying again finds what is there unchanged, so an interrupted migration is simply started once more.
///
/// Costs, for 500 records: a page of the source, five look-ups in the target before and, verifying, five after, and the
/// bulk write, or a write a record where the target has none. Blobs pass in pieces of 8 MiB and are hashed on the way;
/// verifying reads each of them back, also those that were there before.
///
/// `invalid`: parallelism below 1, a bucket that makes no sense, or collections that refer to each other in a circle;
/// `unsupported`: one of the two stores has no records, or no blobs; whatever opening the journal throws. Nothing has
/// been done then.
template <class Source, class Target>
MigrationReport migrate(Source& source, Target& target, const MigrationSet& set, const MigrationOptions& options = {}) {
  driver::check_parallelism(options.parallelism);
  detail::MigrationRun<Source, Target> run(source, target, options);
  detail::Migration<Source, Target> migration(run);
  detail::for_each_kind<Source, Target>(set, [&](const auto& kind) {
    if (!run.stopping()) migration.copy(kind);
  });
  return std::move(run.report());
}

}  // namespace reel
