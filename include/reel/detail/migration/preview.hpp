#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <reel/blob.hpp>
#include <reel/detail/migration/findings.hpp>
#include <reel/detail/migration/migrate_access.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/setup_preview.hpp>
#include <reel/error.hpp>
#include <reel/migration/plan.hpp>
#include <reel/migration/report.hpp>

namespace reel::detail {

/// Whether a store can report what setting up a collection or bucket would change.
template <class Container>
[[nodiscard]] bool can_preview(const driver::ErasedStore& store) {
  const driver::AbilitySet abilities = store.abilities();
  return std::same_as<Container, Bucket> ? abilities.blob_preview : abilities.preview;
}

/// The effect that setting up one collection or bucket would have on the target, for a plan. Empty until `take`; a
/// migration that writes leaves it empty.
///
///     take             before the items: notes and findings
///     stored           for copying: how to read the target
///     max_size         for copying: what it accepts
///     check_refusal    after the items
class MigrationPreview {
 public:
  /// `run` and `findings` must outlive the object.
  MigrationPreview(MigrationRun& run, PlanFindings& findings) : run_(run), findings_(findings) {}

  /// Asks the target. False if the collection or bucket cannot be copied, which is in the report then.
  template <class Container>
  bool take(const Container& container) {
    Container wanted = run_.choices.in_target(container);
    wanted.access = AccessMigration(run_).wanted(container);
    try {
      can_preview<Container>(run_.target) ? note_preview(wanted) : look_for(wanted);
    } catch (const Error& error) {
      run_.fail_kind("setup", error);
      return false;
    }
    return true;
  }

  /// The schema to read the target with, see `SetupPreview`.
  [[nodiscard]] const std::shared_ptr<const driver::CollectionSchema>& stored() const { return preview_.stored; }
  /// The largest blob in bytes that the target accepts, see `SetupPreview`.
  [[nodiscard]] std::optional<std::int64_t> max_size() const { return preview_.max_size; }

  /// Reports that the target refuses every write, if there is anything to write.
  void check_refusal() {
    const MigrationCounts& counts = run_.counts();
    if (preview_.refusal && counts.created + counts.overwritten + counts.renamed > 0)
      run_.fail_kind("write", *preview_.refusal);
  }

 private:
  /// Adds the preview to the notes.
  template <class Container>
  void note_preview(const Container& container) {
    preview_ = run_.target.preview(container);
    if (!preview_.exists) note_creation();
    for (const std::string& change : preview_.changes) note_setup("in the target " + change);
    if constexpr (std::same_as<Container, Bucket>) {
      note_limit(container);
    } else {
      note_unique(container);
    }
  }
  /// Notes that the target accepts smaller blobs only.
  void note_limit(const Bucket& bucket) {
    const std::optional<std::int64_t> limit = preview_.max_size;
    if (!limit || (bucket.max_size != 0 && *limit >= bucket.max_size)) return;
    const std::string text =
        "the target accepts files of up to " + std::to_string(*limit) + " bytes, less than the limit of the bucket";
    run_.note(text);
    findings_.add(PlanSubject::limit, text);
  }
  /// Notes the unique indexes that setting up creates, which records of the target may violate.
  void note_unique(const driver::CollectionSchema& schema) {
    if (!preview_.stored) return;
    for (const driver::IndexSchema& index : schema.indexes) {
      const auto& stored = preview_.stored->indexes;
      const bool is_stored = std::any_of(stored.begin(), stored.end(), [&](const driver::IndexSchema& one) {
        return one.kind == index.kind && one.name == index.name &&
               names_of(*preview_.stored, one) == names_of(schema, index);
      });
      if (index.kind == driver::IndexKind::unique && !is_stored)
        run_.note("whether records of the target violate the new unique index '" + index.name +
                  "' is known only when it is created");
    }
  }
  /// The names of the attributes in an index.
  [[nodiscard]] static std::vector<std::string> names_of(const driver::CollectionSchema& schema,
                                                         const driver::IndexSchema& index) {
    std::vector<std::string> names;
    for (const driver::IndexPart& part : index.parts)
      names.push_back(schema.attributes[static_cast<std::size_t>(part.attribute)].name);
    return names;
  }
  /// The preview of a target that has no `PreviewBackend`: only whether the collection or bucket exists.
  template <class Container>
  void look_for(const Container& container) {
    try {
      static_cast<void>(run_.target.find(container, "0"));
      run_.note("whether the one in the target matches is known only when it is set up");
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      note_creation();
    }
  }
  void note_creation() { note_setup("the target does not have it yet; it would be created"); }
  void note_setup(const std::string& text) {
    run_.note(text);
    findings_.add(PlanSubject::setup, text);
  }

  MigrationRun& run_;
  PlanFindings& findings_;
  driver::SetupPreview preview_{};
};

}  // namespace reel::detail
