#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/actor.hpp>
#include <reel/detail/actor_rights.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/separate.hpp>

namespace reel::detail {

/// The abilities that a store for an actor has, given those of the store below. It sets nothing up, and does not see
/// the schemas of others; bulk writes become single ones, each checked.
[[nodiscard]] constexpr driver::AbilitySet actor_abilities(const driver::AbilitySet& below) {
  return {.records = below.records,
          .blobs = below.blobs,
          .increment = below.increment,
          .explain = below.explain,
          .changes = below.records,
          .blob_changes = below.blobs,
          .blob_update = below.blob_update,
          .resumable_put = below.resumable_put,
          .url = below.url,
          .identity = below.identity,
          .sync = below.sync,
          .settle = below.settle,
          .limits = below.limits};
}

/// A store as an actor may use it: the implementation of `StoreAs`. The rules are those of an Appwrite 1.8.1 server for
/// a session, as recorded from one; see `StoreAs`. Thread-safe if the store below is.
///
/// A read asks the store below first and then for the permissions, so that it never applies permissions that are older
/// than what it read. A write reads the record, checks the rights, and writes on the condition that the record has not
/// changed since.
class ActorStore final : public driver::ErasedStore {
 public:
  /// Acts on `below` for `actor`.
  ActorStore(std::shared_ptr<driver::ErasedStore> below, Actor actor);

  [[nodiscard]] driver::AbilitySet abilities() const override { return actor_abilities(below_->abilities()); }

  void ensure(const driver::CollectionSchema& schema) override;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) override;
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) override;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             driver::Change change) override;
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) override;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema,
                                         const driver::QueryTree& query) override;
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) override;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) override;
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) override;
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) override;
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) override;
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) override;
  driver::SetupPreview preview(const driver::CollectionSchema& schema) override;
  std::vector<driver::ForeignColumn> foreign_columns(const driver::CollectionSchema& schema) override;
  driver::StoredAccessPtr access(const driver::CollectionSchema& schema) override;

  void ensure(const Bucket& bucket) override;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override;
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) override;
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override;
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override;
  bool remove(const Bucket& bucket, std::string_view id) override;
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override;
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override;
  std::string url(const Bucket& bucket, std::string_view id) override;
  std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) override;
  driver::SetupPreview preview(const Bucket& bucket) override;
  driver::StoredAccessPtr access(const Bucket& bucket) override;
  [[nodiscard]] driver::StoreIdentity identity() const override { return below_->identity(); }
  void sync() override { below_->sync(); }
  void settle() override { below_->settle(); }
  [[nodiscard]] driver::StoreLimits limits() const override { return std::as_const(*below_).limits(); }
  std::vector<driver::RangeDigest> digests(const driver::CollectionSchema& schema) override;
  std::vector<std::string> ids_in(const driver::CollectionSchema& schema, std::span<const std::size_t> ranges) override;
  std::vector<driver::RangeDigest> digests(const Bucket& bucket) override;
  std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) override;

 private:
  using Action = Permission::Action;

  /// The rights in a collection or bucket at present.
  RightsPtr rights(const driver::CollectionSchema& schema) { return rights(collections_, schema); }
  RightsPtr rights(const Bucket& bucket) { return rights(buckets_, bucket); }
  template <class Container>
  RightsPtr rights(RightsCache& cache, const Container& container);

  /// Throws `forbidden`.
  [[noreturn]] void refuse(Action action, const ContainerRights& rights, const char* item) const;
  [[noreturn]] void refuse_setup() const;
  /// The actor's roles, for messages.
  [[nodiscard]] std::string roles_text() const;
  /// Throws `forbidden` unless the actor has each of the roles.
  void check_granted(const std::vector<Permission>& permissions) const;
  /// The permissions of a new item for which the caller specified these.
  [[nodiscard]] std::vector<Permission> own(std::vector<Permission> permissions) const;

  /// Writes a record after a check of its permissions; see the definition.
  template <class Result, class Check, class Write>
  Result checked(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> since,
                 Check&& check, Write&& write);

  /// Throws if one of the items cannot be read, unless the actor may read all: the permissions of the item are unknown.
  /// The error has neither its id nor the reason of the store, because the actor may not be allowed to read them.
  ///
  /// - `failed`: that of a page
  /// - `item`: what the page lists, such as `a record`
  void check_whole(const std::vector<Error>& failed, const ContainerRights& rights, const char* item) const;
  /// Calls `read()`, which reads items of the store below. An error that is about one of them throws as `check_whole`.
  template <class Container, class Read>
  decltype(auto) hiding_reason(const Container& container, Read&& read);
  /// The item of the store below, whatever its permissions. Throws as `check_whole`.
  template <class Container>
  auto stored_item(const Container& container, std::string_view id);
  /// The rights for reading several items. Throws `forbidden` if the actor can read none, whatever their permissions.
  template <class Container>
  RightsPtr rights_to_list(const Container& container);
  /// The page of a query, of the items that the actor may read. Throws as `check_whole`.
  template <class Item, class Container>
  driver::Page<Item> readable_page(const Container& container, const driver::QueryTree& query,
                                   const ContainerRights& rights);
  /// The changes that the actor may read. `has_feed`: whether the store below reports changes; otherwise they are found
  /// by comparing what `list(query)` returns.
  template <class Container, class List>
  std::shared_ptr<driver::ChangeFeed> readable_changes(const Container& container, bool has_feed, List list);
  /// The number of matches that the actor may read. Throws as `check_whole`.
  template <class Container>
  std::int64_t count_readable(const Container& container, const driver::QueryTree& query,
                              const ContainerRights& rights);

  /// The rights for an operation on one blob. Throws `forbidden` if the actor may do it with none, whatever its
  /// permissions: the server then does not look for the file.
  RightsPtr rights_on_blob(Action action, const Bucket& bucket);
  /// Checks a put and completes the permissions of the blob.
  void prepare_put(const Bucket& bucket, BlobInfo& info, bool overwrite);

  std::shared_ptr<driver::ErasedStore> below_;
  Actor actor_;
  RightsCache collections_, buckets_;
};

}  // namespace reel::detail

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/actor_store.ipp>
#endif
