#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/detail/actor_feed.hpp>
#include <reel/detail/actor_store.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/optimistic.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/driver/walk.hpp>

namespace reel::detail {

/// The permissions of a record or blob.
inline const std::vector<Permission>& permissions_of(const driver::DocumentPtr& document) {
  return document->permissions;
}
inline const std::vector<Permission>& permissions_of(const BlobInfo& blob) { return blob.permissions; }

/// The name of an item in messages.
template <class Container>
inline constexpr const char* an_item_of = std::is_same_v<Container, Bucket> ? "a blob" : "a record";

REEL_INLINE ActorStore::ActorStore(std::shared_ptr<driver::ErasedStore> below, Actor actor)
    : below_(std::move(below)), actor_(std::move(actor)) {}

template <class Container>
RightsPtr ActorStore::rights(RightsCache& cache, const Container& container) {
  if (RightsPtr found = cache.find(&container, container.id)) return found;
  constexpr bool is_bucket = std::is_same_v<Container, Bucket>;
  const driver::AbilitySet abilities = below_->abilities();
  const bool is_kept = is_bucket ? abilities.blob_access : abilities.access;
  auto access = is_kept ? below_->access(container) : driver::access_at_present(driver::specified_access(container));
  auto decided = std::make_shared<const ContainerRights>(actor_, container.id, std::move(access));
  if (!decided->is_outdated()) cache.add(&container, decided);
  return decided;
}

/// The verb of an action: `update`, and `remove` for `delete`.
[[nodiscard]] inline std::string verb_of(Permission::Action action) {
  return action == Permission::Action::remove ? "remove" : std::string(Permission::name_of(action));
}

REEL_INLINE void ActorStore::refuse(Action action, const ContainerRights& rights, const char* item) const {
  const bool by_item = rights.counts_items() && action != Action::create;
  const std::string container = "'" + rights.id() + "'";
  const std::string reason = by_item ? "neither its own permissions nor those of " + container + " grant "
                                     : "the permissions of " + container + " do not grant ";
  throw Error(Errc::forbidden, actor_.str() + " may not " + verb_of(action) + " " + item + ": " + reason +
                                   std::string(Permission::name_of(action)) + " to one of the roles " + roles_text() +
                                   "; a program with full rights can grant it");
}

REEL_INLINE std::string ActorStore::roles_text() const {
  std::string text;
  for (const std::string& role : actor_.roles()) text += (text.empty() ? "" : ", ") + role;
  return text;
}

REEL_INLINE void ActorStore::refuse_setup() const {
  throw Error(Errc::forbidden, actor_.str() +
                                   " may not set up collections and buckets; call setup() on the store "
                                   "itself, which acts with full rights");
}

REEL_INLINE void ActorStore::check_granted(const std::vector<Permission>& permissions) const {
  for (const Permission& one : permissions) {
    if (actor_.has(one.role().str())) continue;
    throw Error(Errc::forbidden, actor_.str() + " may not grant " + one.str() +
                                     ": an actor can grant permissions only to the roles that it has, which are " +
                                     roles_text());
  }
}

REEL_INLINE std::vector<Permission> ActorStore::own(std::vector<Permission> permissions) const {
  if (!permissions.empty() || actor_.user_id().empty()) return permissions;
  const Role owner = Role::user(actor_.user_id());
  return {Permission::read(owner), Permission::update(owner), Permission::remove(owner)};
}

REEL_INLINE void ActorStore::check_whole(const std::vector<Error>& failed, const ContainerRights& rights,
                                         const char* item) const {
  if (failed.empty() || rights.allows(Action::read)) return;
  throw Error(failed.front().code(), std::string(item) + " cannot be read, so it is unknown whether " + actor_.str() +
                                         " may read it; a program with full rights can identify it");
}

template <class Container, class Read>
decltype(auto) ActorStore::hiding_reason(const Container& container, Read&& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.code() == Errc::corrupt || !error.id().empty())
      check_whole({error}, *rights(container), an_item_of<Container>);
    throw;
  }
}

template <class Container>
auto ActorStore::stored_item(const Container& container, std::string_view id) {
  return hiding_reason(container, [&] { return below_->find(container, id); });
}

// Setup.

REEL_INLINE void ActorStore::ensure(const driver::CollectionSchema&) { refuse_setup(); }
REEL_INLINE void ActorStore::ensure(const Bucket&) { refuse_setup(); }
REEL_INLINE driver::SetupPreview ActorStore::preview(const driver::CollectionSchema&) { refuse_setup(); }
REEL_INLINE driver::SetupPreview ActorStore::preview(const Bucket&) { refuse_setup(); }
REEL_INLINE std::vector<driver::ForeignColumn> ActorStore::foreign_columns(const driver::CollectionSchema&) {
  refuse_setup();
}
REEL_INLINE std::vector<driver::RangeDigest> ActorStore::digests(const driver::CollectionSchema&) {
  driver::throw_lacking("knows digests for an actor");
}
REEL_INLINE std::vector<std::string> ActorStore::ids_in(const driver::CollectionSchema&, std::span<const std::size_t>) {
  driver::throw_lacking("knows digests for an actor");
}
REEL_INLINE std::vector<driver::RangeDigest> ActorStore::digests(const Bucket&) {
  driver::throw_lacking("knows digests for an actor");
}
REEL_INLINE std::vector<std::string> ActorStore::ids_in(const Bucket&, std::span<const std::size_t>) {
  driver::throw_lacking("knows digests for an actor");
}
REEL_INLINE std::vector<std::shared_ptr<const driver::CollectionSchema>> ActorStore::referrers(std::string_view) {
  driver::throw_lacking("lists the collections that refer to another for an actor");
}
REEL_INLINE driver::StoredAccessPtr ActorStore::access(const driver::CollectionSchema&) {
  driver::throw_lacking("shows the permissions of collections to an actor");
}
REEL_INLINE driver::StoredAccessPtr ActorStore::access(const Bucket&) {
  driver::throw_lacking("shows the permissions of buckets to an actor");
}
REEL_INLINE std::vector<driver::WriteResult> ActorStore::write(const driver::CollectionSchema&,
                                                               std::vector<driver::Write>, driver::Batch) {
  driver::throw_lacking("writes several records in one call for an actor");
}

// Records.

REEL_INLINE driver::DocumentPtr ActorStore::create(const driver::CollectionSchema& schema, driver::Document document) {
  check_granted(document.permissions);
  const RightsPtr rights = this->rights(schema);
  if (!rights->allows(Action::create)) refuse(Action::create, *rights, "a record");
  document.permissions = own(std::move(document.permissions));
  document.created_at = document.updated_at = driver::by_store;
  return below_->create(schema, std::move(document));
}

REEL_INLINE driver::DocumentPtr ActorStore::find(const driver::CollectionSchema& schema, std::string_view id) {
  driver::DocumentPtr found = stored_item(schema, id);
  if (found && !rights(schema)->allows(Action::read, found->permissions)) return nullptr;
  return found;
}

/// Reads the record, calls `check(record, rights)`, and then `write(condition)`, the time as which the record must be
/// unchanged. Starts over if another writer was faster, but not if that fails `since`, the condition of the caller.
/// Returns an empty result if the record does not exist.
template <class Result, class Check, class Write>
Result ActorStore::checked(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> since,
                           Check&& check, Write&& write) {
  return driver::retry_conflicts([&](int) -> std::optional<Result> {
    const driver::DocumentPtr stored = stored_item(schema, id);
    if (!stored) return Result{};
    check(*stored, *rights(schema));
    driver::check_unchanged(*stored, since);
    return driver::unless_conflict([&]() -> Result { return write(stored); });
  });
}

REEL_INLINE driver::DocumentPtr ActorStore::update(const driver::CollectionSchema& schema, std::string_view id,
                                                   driver::Change change) {
  change.created_at.reset();
  change.updated_at.reset();
  const auto check = [&](const driver::Document& stored, const ContainerRights& rights) {
    if (change.permissions) check_granted(*change.permissions);
    const Action action = driver::changes_nothing(stored, change) ? Action::read : Action::update;
    // One message for both, which does not show whether the values are equal.
    if (!rights.allows(action, stored.permissions)) refuse(Action::update, rights, "a record");
    if (change.as_read && !driver::is_version(stored, *change.as_read)) throw driver::stale();
  };
  return checked<driver::DocumentPtr>(schema, id, change.if_unchanged_since, check, [&](driver::DocumentPtr stored) {
    driver::Change conditional = change;
    conditional.if_unchanged_since = stored->updated_at;
    if (!conditional.as_read) conditional.as_read = std::move(stored);
    return below_->update(schema, id, std::move(conditional));
  });
}

REEL_INLINE driver::DocumentPtr ActorStore::increment(const driver::CollectionSchema& schema, std::string_view id,
                                                      int attribute, driver::Value by) {
  const driver::DocumentPtr stored = stored_item(schema, id);
  if (!stored) return nullptr;
  const RightsPtr rights = this->rights(schema);
  if (!rights->allows(Action::update, stored->permissions)) refuse(Action::update, *rights, "a record");
  return below_->increment(schema, id, attribute, std::move(by));
}

REEL_INLINE bool ActorStore::remove(const driver::CollectionSchema& schema, std::string_view id,
                                    std::optional<Timestamp> if_unchanged_since) {
  const auto check = [&](const driver::Document& stored, const ContainerRights& rights) {
    if (!rights.allows(Action::remove, stored.permissions)) refuse(Action::remove, rights, "a record");
  };
  return checked<bool>(schema, id, if_unchanged_since, check, [&](const driver::DocumentPtr& stored) {
    return below_->remove(schema, id, stored->updated_at);
  });
}

template <class Container>
RightsPtr ActorStore::rights_to_list(const Container& container) {
  RightsPtr rights = this->rights(container);
  if (!rights->allows(Action::read) && !rights->counts_items())
    refuse(Action::read, *rights, std::is_same_v<Container, Bucket> ? "blobs" : "records");
  return rights;
}

template <class Item, class Container>
driver::Page<Item> ActorStore::readable_page(const Container& container, const driver::QueryTree& query,
                                             const ContainerRights& rights) {
  driver::Page<Item> readable;
  driver::QueryTree all = query;
  all.with_total = false;
  all.limit = std::max<std::int64_t>(query.limit, 100);
  bool has_more = false;
  const auto take = [&](const driver::Page<Item>& page) {
    check_whole(page.failed, rights, an_item_of<Container>);
    for (const Item& item : page.items) {
      if (!rights.allows(Action::read, permissions_of(item))) continue;
      has_more = static_cast<std::int64_t>(readable.items.size()) == query.limit;
      if (has_more) return false;
      readable.items.push_back(item);
    }
    return true;
  };
  hiding_reason(container, [&] { driver::walk(*below_, container, std::move(all), take); });
  if (has_more) readable.next = driver::cursor_after(readable.items.back(), query.order);
  if (query.with_total) readable.total = count_readable(container, query, rights);
  return readable;
}

template <class Container, class List>
std::shared_ptr<driver::ChangeFeed> ActorStore::readable_changes(const Container& container, bool has_feed, List list) {
  const auto rights = [this, &container] { return rights_to_list(container); };
  const auto check = [this](const std::vector<Error>& failed, const ContainerRights& of_actor) {
    check_whole(failed, of_actor, an_item_of<Container>);
  };
  const auto list_below = [this, &container, list](const driver::QueryTree& query) {
    return hiding_reason(container, [&] { return list(query); });
  };
  auto below = has_feed ? below_->changes(container) : std::make_shared<driver::PolledFeed>(list_below);
  return std::make_shared<ActorFeed>(std::move(below), list_below, rights, check);
}

template <class Container>
std::int64_t ActorStore::count_readable(const Container& container, const driver::QueryTree& query,
                                        const ContainerRights& rights) {
  std::int64_t count = 0;
  const auto add = [&](const auto& page) {
    check_whole(page.failed, rights, an_item_of<Container>);
    for (const auto& item : page.items) count += rights.allows(Action::read, permissions_of(item)) ? 1 : 0;
    return true;
  };
  driver::QueryTree all{.where = query.where, .limit = 500};
  hiding_reason(container, [&] { driver::walk(*below_, container, std::move(all), add); });
  return count;
}

REEL_INLINE driver::Page<driver::DocumentPtr> ActorStore::list(const driver::CollectionSchema& schema,
                                                               const driver::QueryTree& query) {
  const RightsPtr rights = rights_to_list(schema);
  if (rights->allows(Action::read)) return below_->list(schema, query);
  return readable_page<driver::DocumentPtr>(schema, query, *rights);
}

REEL_INLINE std::int64_t ActorStore::count(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
  const RightsPtr rights = rights_to_list(schema);
  return rights->allows(Action::read) ? below_->count(schema, query) : count_readable(schema, query, *rights);
}

REEL_INLINE Explanation ActorStore::explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
  const RightsPtr rights = this->rights(schema);
  if (!rights->allows(Action::read)) refuse(Action::read, *rights, "all records");  // the plan counts them
  return below_->explain(schema, query);
}

REEL_INLINE std::shared_ptr<driver::ChangeFeed> ActorStore::changes(const driver::CollectionSchema& schema) {
  return readable_changes(schema, below_->abilities().changes,
                          [this, &schema](const driver::QueryTree& query) { return below_->list(schema, query); });
}

// Blobs.

REEL_INLINE RightsPtr ActorStore::rights_on_blob(Action action, const Bucket& bucket) {
  RightsPtr rights = this->rights(bucket);
  if (!rights->allows(action) && !rights->counts_items()) refuse(action, *rights, "a blob");
  return rights;
}

REEL_INLINE void ActorStore::prepare_put(const Bucket& bucket, BlobInfo& info, bool overwrite) {
  const RightsPtr rights = this->rights(bucket);
  if (!rights->allows(Action::create)) refuse(Action::create, *rights, "a blob");
  check_granted(info.permissions);
  if (overwrite) {  // the server can only remove the old file and store a new one
    const auto stored = stored_item(bucket, info.id.str());
    if (stored && !rights->allows(Action::remove, stored->permissions)) refuse(Action::remove, *rights, "a blob");
  }
  info.permissions = own(std::move(info.permissions));
  info.created_at = info.updated_at = {};
}

REEL_INLINE BlobInfo ActorStore::put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source,
                                     bool overwrite) {
  prepare_put(bucket, info, overwrite);
  return below_->put(bucket, std::move(info), source, overwrite);
}
REEL_INLINE BlobInfo ActorStore::put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
                                     const std::string& ledger) {
  prepare_put(bucket, info, overwrite);
  return below_->put(bucket, std::move(info), source, overwrite, ledger);
}

REEL_INLINE std::optional<BlobInfo> ActorStore::find(const Bucket& bucket, std::string_view id) {
  const RightsPtr rights = rights_on_blob(Action::read, bucket);
  std::optional<BlobInfo> found = stored_item(bucket, id);
  if (found && !rights->allows(Action::read, found->permissions)) found.reset();
  return found;
}

REEL_INLINE std::optional<BlobInfo> ActorStore::read(const Bucket& bucket, std::string_view id, ByteRange range,
                                                     BlobSink& sink) {
  if (!find(bucket, id)) return std::nullopt;
  return below_->read(bucket, id, range, sink);
}

REEL_INLINE bool ActorStore::remove(const Bucket& bucket, std::string_view id) {
  const RightsPtr rights = rights_on_blob(Action::remove, bucket);
  const std::optional<BlobInfo> stored = stored_item(bucket, id);
  if (!stored) return false;
  if (!rights->allows(Action::remove, stored->permissions)) refuse(Action::remove, *rights, "a blob");
  return below_->remove(bucket, id);
}

REEL_INLINE driver::Page<BlobInfo> ActorStore::list(const Bucket& bucket, const BlobQuery& query) {
  const RightsPtr rights = rights_to_list(bucket);
  return rights->allows(Action::read) ? below_->list(bucket, query) : readable_page<BlobInfo>(bucket, query, *rights);
}

REEL_INLINE std::optional<BlobInfo> ActorStore::update(const Bucket& bucket, std::string_view id,
                                                       const BlobChange& change) {
  const RightsPtr rights = rights_on_blob(Action::update, bucket);
  const std::optional<BlobInfo> stored = stored_item(bucket, id);
  if (!stored) return std::nullopt;
  if (change.permissions) check_granted(*change.permissions);
  const bool needs_read = !rights->allows(Action::update) && driver::changes_nothing(*stored, change);
  const Action action = needs_read ? Action::read : Action::update;
  if (!rights->allows(action, stored->permissions)) refuse(Action::update, *rights, "a blob");
  return below_->update(bucket, id, change);
}

REEL_INLINE std::string ActorStore::url(const Bucket& bucket, std::string_view id) {
  if (!find(bucket, id)) throw driver::no_such("blob", {.collection = bucket.id, .id = std::string(id)});
  return below_->url(bucket, id);
}

REEL_INLINE std::shared_ptr<driver::ChangeFeed> ActorStore::changes(const Bucket& bucket) {
  return readable_changes(bucket, below_->abilities().blob_changes, [this, &bucket](const driver::QueryTree& query) {
    return driver::documents_of(below_->list(bucket, query));
  });
}

}  // namespace reel::detail
