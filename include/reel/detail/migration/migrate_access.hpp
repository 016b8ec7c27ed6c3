#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include <reel/blob.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/error.hpp>
#include <reel/migration/options.hpp>
#include <reel/permission.hpp>

namespace reel::detail {

/// The permissions of a collection or bucket as a whole, as a migration copies them. A schema or `Bucket` with
/// permissions decides; otherwise:
///
///     | source  | target              |                                                                   |
///     |---------|---------------------|-------------------------------------------------------------------|
///     | none    |                     | nothing is copied                                                 |
///     | some    | does not keep them  | a note                                                            |
///     | some    | none                | copied                                                            |
///     | some    | the same            | nothing is copied                                                 |
///     | some    | others              | `OnConflict`: a failure, a note, or copied for `overwrite`        |
///
/// "None" is what a new collection or bucket has: no permissions, and item security.
class AccessMigration {
 public:
  /// `run` must outlive the object.
  explicit AccessMigration(MigrationRun& run) : run_(run) {}

  /// The permissions that setting up the target has to store; empty: none. Failures and notes are in the report.
  template <class Container>
  std::optional<AccessRules> wanted(const Container& container) {
    if (container.access) return container.access;
    try {
      const AccessRules source = stored(run_.source, container);
      if (source == AccessRules{}) return std::nullopt;
      if (keeps<Container>(run_.target)) return settled(source, stored(run_.target, run_.choices.in_target(container)));
      run_.note("the target does not keep its permissions, which are not copied");
    } catch (const Error& error) {
      run_.fail_kind("permissions", error);
    }
    return std::nullopt;
  }

 private:
  /// Decides between the permissions of the two stores.
  std::optional<AccessRules> settled(const AccessRules& source, const AccessRules& target) {
    if (driver::same_access(source, target)) return std::nullopt;
    if (target != AccessRules{} && run_.on_conflict() != OnConflict::overwrite) {
      if (run_.on_conflict() == OnConflict::fail) {
        run_.fail_kind("permissions", Error(Errc::already_exists, "it has other permissions in the target"));
      } else {
        run_.note("it has other permissions in the target, which stay");
      }
      return std::nullopt;
    }
    if (run_.options.plan) run_.note("its permissions would be copied");
    return source;
  }

  /// Whether the store keeps the permissions of collections, or of buckets.
  template <class Container>
  static bool keeps(driver::ErasedStore& store) {
    const driver::AbilitySet abilities = store.abilities();
    return std::same_as<Container, Bucket> ? abilities.blob_access : abilities.access;
  }
  /// The stored permissions; none if the store keeps none or does not have the collection or bucket.
  template <class Container>
  static AccessRules stored(driver::ErasedStore& store, const Container& container) {
    if (!keeps<Container>(store)) return {};
    try {
      return *store.access(container);
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
    }
    return {};
  }

  MigrationRun& run_;
};

}  // namespace reel::detail
