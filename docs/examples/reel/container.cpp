#include "container.hpp"

#include <optional>
#include <utility>

#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/optimistic.hpp>
#include <reel/driver/validate.hpp>
#include <reel/error.hpp>
#include <reel/video/everything.hpp>

#include "choice.hpp"
#include "commands.hpp"

namespace tool {
namespace {

using reel::driver::CollectionSchema;
using Permissions = Container::Permissions;

std::variant<const CollectionSchema*, reel::Bucket> named(const std::string& name, bool is_bucket) {
  if (is_bucket) return bucket_named("NAME", name);
  std::string names;
  const auto add = [&names](const std::string& id) { (names += names.empty() ? "" : ", ") += id; };
  for (const CollectionSchema* schema : reel::MigrationSet(reel::video::everything).collections) {
    if (schema->id == name) return schema;
    add(schema->id);
  }
  for (reel::Bucket& bucket : reel::video::buckets()) {
    if (bucket.id == name) return std::move(bucket);
    if (bucket.id != "artifacts") add(bucket.id);
  }
  throw UsageError("NAME: '" + name + "' is not one of " + names);
}

/// Calls `f(collection or bucket)`.
template <class Variant, class F>
decltype(auto) visit(const Variant& self, F&& f) {
  if (const auto* const bucket = std::get_if<reel::Bucket>(&self)) return f(*bucket);
  return f(*std::get<const CollectionSchema*>(self));
}

/// Throws `not_found` for an item that does not exist.
void require(bool exists, const Container& container, const std::string& item) {
  if (!exists) throw reel::Error(reel::Errc::not_found, "there is no " + container.text(item));
}

}  // namespace

Container::Container(const std::string& name, bool is_bucket) : self_(named(name, is_bucket)) {}

const std::string& Container::id() const {
  return visit(self_, [](const auto& self) -> const std::string& { return self.id; });
}

std::string Container::text() const { return (is_bucket() ? "bucket " : "collection ") + id(); }

std::string Container::text(const std::string& item) const {
  if (item.empty()) return text();
  return (is_bucket() ? "blob " : "record ") + item + " of " + text();
}

reel::AccessRules Container::rules(Store& store) const {
  const reel::driver::AbilitySet abilities = store.abilities();
  if (!(is_bucket() ? abilities.blob_access : abilities.access))
    throw reel::Error(reel::Errc::unsupported, "'" + store.url() +
                                                   "' does not keep the permissions of collections and buckets; copy "
                                                   "it to a file: store with 'reel migrate'");
  return visit(self_, [&](const auto& self) -> reel::AccessRules { return *store.access(self); });
}

void Container::set_rules(Store& store, reel::AccessRules rules) const {
  visit(self_, [&](auto self) {
    self.access = std::move(rules);
    store.ensure(self);
  });
}

Permissions Container::permissions(Store& store, const std::string& item) const {
  reel::driver::check_id(item);
  if (const auto* const bucket = std::get_if<reel::Bucket>(&self_)) {
    const std::optional<reel::BlobInfo> blob = store.find(*bucket, item);
    require(blob.has_value(), *this, item);
    return blob->permissions;
  }
  const reel::driver::DocumentPtr record = store.find(*std::get<Schema>(self_), item);
  require(record != nullptr, *this, item);
  return record->permissions;
}

void Container::change_permissions(Store& store, const std::string& item,
                                   const std::function<Permissions(const Permissions&)>& change) const {
  reel::driver::check_id(item);
  if (const auto* const bucket = std::get_if<reel::Bucket>(&self_)) {
    const Permissions stored = permissions(store, item);
    Permissions wanted = change(stored);
    if (!reel::driver::same_permissions(wanted, stored))
      require(store.update(*bucket, item, {.permissions = std::move(wanted)}).has_value(), *this, item);
    return;
  }
  const CollectionSchema& schema = *std::get<Schema>(self_);
  reel::driver::retry_conflicts([&](int attempt) -> std::optional<bool> {
    const reel::driver::DocumentPtr stored = store.find(schema, item);
    require(stored != nullptr, *this, item);
    reel::driver::Change conditional{.permissions = change(stored->permissions),
                                     .if_unchanged_since = stored->updated_at,
                                     .as_read = stored,
                                     .attempt = attempt};
    if (reel::driver::same_permissions(*conditional.permissions, stored->permissions)) return true;
    return reel::driver::unless_conflict([&] {
      require(store.update(schema, item, std::move(conditional)) != nullptr, *this, item);
      return true;
    });
  });
}

}  // namespace tool
