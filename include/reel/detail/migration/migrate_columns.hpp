#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <reel/detail/migration/findings.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/foreign_column.hpp>
#include <reel/error.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/plan.hpp>
#include <reel/migration/report.hpp>
#include <reel/migration/set.hpp>

namespace reel::detail {

/// The columns of a collection that are not in its schema, as `MigrationOptions::foreign_columns` specifies:
///
///     extend       before anything else: schemas that have these columns, to copy them
///     check        refuses or notes those of the source that are not copied
///     note_kept    those of the target, in a plan
class ColumnMigration {
 public:
  /// `run` and `findings` must outlive the object.
  ColumnMigration(MigrationRun& run, PlanFindings& findings) : run_(run), findings_(findings) {}
  ColumnMigration(const ColumnMigration&) = delete;
  ColumnMigration& operator=(const ColumnMigration&) = delete;

  /// Replaces the schemas of collections that have columns which no type knows by schemas with these columns, which are
  /// valid as long as this object. Throws `unsupported` for a collection that is copied under other names or through a
  /// function.
  void extend(MigrationSet& set) {
    if (!run_.source.abilities().foreign_columns || !run_.target.abilities().foreign_columns) return;
    for (const driver::CollectionSchema*& schema : set.collections) {
      driver::CollectionSchema extended = *schema;
      for (const driver::ForeignColumn& column : columns_to_copy(*schema))
        if (column.definition) extended.attributes.push_back(*column.definition);
      if (extended.attributes.size() == schema->attributes.size()) continue;
      require_same_names(*schema);
      schema = &extended_.emplace_back(std::move(extended));
    }
  }

  /// Reports the columns of the source that the schema does not know: as failures those that are neither copied nor may
  /// be left.
  void check(const driver::CollectionSchema& schema) {
    for (const driver::ForeignColumn& column : columns_of(run_.source, schema)) report(schema, column);
  }

  /// Notes the columns of the target that are not in the schema. They keep their values. `schema`: that of the source.
  void note_kept(const driver::CollectionSchema& schema) {
    for (const driver::ForeignColumn& column : columns_of(run_.target, run_.choices.in_target(schema)))
      run_.note(column.text("the target") + "; it stays as it is");
  }

 private:
  /// The columns of the source; none if they cannot be listed, which `check` reports.
  std::vector<driver::ForeignColumn> columns_to_copy(const driver::CollectionSchema& schema) {
    try {
      return run_.source.foreign_columns(schema);
    } catch (const Error&) {
      return {};
    }
  }
  void require_same_names(const driver::CollectionSchema& schema) const {
    if (&run_.choices.in_target(schema) == &schema && !run_.choices.transform({.id = schema.id})) return;
    throw Error(Errc::unsupported, "the collection '" + schema.id +
                                       "' has columns that its type does not know; they cannot be copied under other "
                                       "names or through a function: leave them, or copy without");
  }

  /// Reports a column that is not copied.
  void report(const driver::CollectionSchema& schema, const driver::ForeignColumn& column) {
    const bool leaves = run_.options.foreign_columns == ForeignColumns::leave;
    const std::string text = column.text("the source");
    run_.report().uncopied.push_back(
        {.collection = schema.id, .column = column.name, .records = column.records, .is_accepted = leaves});
    if (!leaves && column.records != 0)
      return run_.fail_kind("columns", Error(Errc::conflict, text, {.attribute = column.name}));
    run_.note(text + "; it stays there and is not copied");
    findings_.add(PlanSubject::column, text + "; it stays there and is not copied", column.records.value_or(0),
                  column.name);
  }

  /// Columns that are not in the schema; none if the collection does not exist or cannot be listed, because listing its
  /// records fails with the same error. A key that may read records but not the schema cannot prove that every value is
  /// copied, which is a failure.
  std::vector<driver::ForeignColumn> columns_of(driver::ErasedStore& store, const driver::CollectionSchema& schema) {
    if (!store.abilities().foreign_columns) return {};
    try {
      return store.foreign_columns(schema);
    } catch (const Error& error) {
      if (error.code() == Errc::forbidden) refuse_hidden_columns(error);
    }
    return {};
  }
  void refuse_hidden_columns(const Error& error) {
    if (run_.options.foreign_columns != ForeignColumns::leave) return run_.fail_kind("columns", error);
    run_.note("whether it has other columns is unknown: " + error.reason());
  }

  MigrationRun& run_;
  PlanFindings& findings_;
  std::deque<driver::CollectionSchema> extended_{};  ///< see `extend`
};

}  // namespace reel::detail
