#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/detail/matches.hpp>
#include <reel/detail/references.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/optimistic.hpp>
#include <reel/driver/validate.hpp>
#include <reel/driver/walk.hpp>
#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/record_range.hpp>

namespace reel {

/// Records of `T` in a backend: everything typed, validated and the same on every store. A cheap handle: copy it, use
/// it from many threads; the backend must outlive it. Every failure is a `reel::Error` that names operation, collection
/// and id. Besides the codes listed, any operation may throw what the store's medium throws (`unavailable`,
/// `timed_out`, `corrupt`, …). A bad id is `invalid` everywhere.
template <class T, RecordBackend Backend>
class Repository {
  static_assert(detail::check_schema<T>);

 public:
  using value_type = T;
  using backend_type = Backend;

  explicit Repository(Backend& backend) : backend_(&backend) {}

  [[nodiscard]] static const driver::CollectionSchema& schema() { return schema_of<T>(); }
  [[nodiscard]] Backend& backend() const noexcept { return *backend_; }

  /// Makes the collection, or checks that the stored one agrees with the schema; safe to repeat and to race.
  /// `conflict`: it has other attributes, so that going on would lose data; the message says which.
  void setup() const {
    at("setup", {}, [&] { backend_->ensure(schema()); });
  }

  /// `invalid`: breaks a rule of the schema. `already_exists`: the id, or a unique index.
  Record<T> create(T value, CreateOptions<T> options = {}) const {
    const std::string id = options.id ? options.id->str() : make_id();
    return at("create", id, [&] {
      driver::Document document = draft(id, value, options);
      driver::validate(schema(), document);
      detail::check_references(*backend_, schema(), document);
      const driver::DocumentPtr stored = backend_->create(schema(), std::move(document));
      return with_defaults(*stored, std::move(value));
    });
  }

  [[nodiscard]] std::optional<Record<T>> find(const Id<T>& id) const { return read("find", id); }

  /// As `find`; absence is `not_found`.
  [[nodiscard]] Record<T> get(const Id<T>& id) const {
    if (std::optional<Record<T>> record = read("get", id)) return *std::move(record);
    throw missing("get", id.str());
  }

  [[nodiscard]] bool exists(const Id<T>& id) const {
    return at("exists", id.str(), [&] {
      driver::check_id(id.str());
      return backend_->find(schema(), id.str()) != nullptr;
    });
  }

  /// Changes what the patch names. A patch that changes nothing keeps `updated_at`. `not_found`; `invalid`;
  /// `already_exists`: a unique index; `conflict`: changed since `if_unchanged_since`.
  Record<T> update(const Id<T>& id, Patch<T> patch, UpdateOptions options = {}) const {
    return change_record("update", id, options.if_unchanged_since, [&] { return std::move(patch).change(); });
  }

  /// Sets every attribute. Errors as `update`.
  Record<T> replace(const Id<T>& id, const T& value, UpdateOptions options = {}) const {
    return change_record("replace", id, options.if_unchanged_since, [&] { return whole(value); });
  }

  /// Replaces the record, or creates it under this id. Without `options.permissions` a record that is there keeps its
  /// own, and a new one has none.
  Record<T> upsert(const Id<T>& id, const T& value, UpsertOptions options = {}) const {
    return at("upsert", id.str(), [&] {
      driver::Document document =
          draft(id.str(), value, {.permissions = options.permissions.value_or(std::vector<Permission>{})});
      driver::validate(schema(), document);
      detail::check_references(*backend_, schema(), document);
      driver::Change change = whole(value);
      change.permissions = std::move(options.permissions);
      driver::validate(schema(), change);
      return detail::to_record<T>(*driver::retry_conflicts([&](int) -> std::optional<driver::DocumentPtr> {
        if (driver::DocumentPtr stored = backend_->update(schema(), id.str(), change)) return stored;
        try {
          return backend_->create(schema(), document);
        } catch (const Error& error) {  // another writer has created it in between: that record is replaced
          if (error.code() != Errc::already_exists || !backend_->find(schema(), id.str())) throw;
          return std::nullopt;
        }
      }));
    });
  }

  /// Reads the record, calls `change(T&)` and writes the result, and starts again if another writer was faster; so
  /// `change` may run several times. `conflict` after a thousand attempts.
  template <std::invocable<T&> F>
  Record<T> modify(const Id<T>& id, F&& change) const {
    const auto modify_once = [&](int attempt) {
      driver::DocumentPtr stored;
      std::optional<Record<T>> record = read("modify", id, &stored);
      if (!record) throw missing("modify", id.str());
      change(record->value);
      return driver::unless_conflict([&] {
        return change_record("modify", id, record->updated_at, [&] {
          driver::Change made = whole(record->value);
          made.as_read = stored;
          made.attempt = attempt;
          return made;
        });
      });
    };
    return driver::retry_conflicts(modify_once, [&] { return context("modify", id.str()); });
  }

  /// Adds to a number, so that no concurrent addition is lost; null counts as 0. `not_found`; `invalid`: the sum is
  /// outside the attribute's range, and nothing is written.
  template <class U, class M, int Position, class Number>
  Record<T> increment(const Id<T>& id, detail::Field<U, M, Position>, Number by) const {
    using C = detail::Codec<M>;
    static_assert(std::same_as<U, T>, "reel: this member belongs to another struct");
    static_assert(!C::list && (C::kind == driver::AttributeType::integer || C::kind == driver::AttributeType::floating),
                  "reel: only numbers can be incremented");
    return at("increment", id.str(), [&] {
      driver::check_id(id.str());
      const driver::Value amount = detail::operand<typename C::scalar>(by);
      const driver::DocumentPtr stored = driver::increment(*backend_, schema(), id.str(), Position, amount);
      if (!stored) throw missing("increment", id.str());
      return detail::to_record<T>(*stored);
    });
  }

  template <auto Member, class Number>
  Record<T> increment(const Id<T>& id, Number by) const {
    return increment(id, field<Member>, by);
  }

  /// False if it was not there. `conflict`: changed since `if_unchanged_since`, or kept by a record that refers to it
  /// (`on_remove::restrict`).
  bool remove(const Id<T>& id, UpdateOptions options = {}) const {
    return at("remove", id.str(), [&] {
      driver::check_id(id.str());
      return detail::remove_record(*backend_, schema(), id.str(), options.if_unchanged_since);
    });
  }

  /// One page of what matches. `invalid`: limit below 1, or a cursor from another order.
  [[nodiscard]] Page<T> list(const Query<T>& query = {}) const {
    return at("list", {}, [&] {
      driver::validate(schema(), query.tree());
      driver::Page<driver::DocumentPtr> found = driver::whole(backend_->list(schema(), query.tree()));
      Page<T> page{.next = std::move(found.next), .total = found.total};
      page.records.reserve(found.items.size());
      for (const driver::DocumentPtr& document : found.items) {
        Record<T>& record = page.records.emplace_back();
        detail::copy_header(*document, record);
        driver::decode_values(*document, record.value);
      }
      return page;
    });
  }

  /// Every match, read page by page while the range is walked; the query's limit is the size of a page. A record that
  /// is neither inserted, removed nor moved in the order meanwhile comes exactly once.
  [[nodiscard]] RecordRange<T, Backend> all(Query<T> query = Query<T>{}.limit(100)) const {
    return RecordRange<T, Backend>(*this, std::move(query));
  }

  /// The first match in the query's order, or nothing.
  [[nodiscard]] std::optional<Record<T>> first(const Query<T>& query = {}) const {
    Page<T> page = list(query.limit(1));
    if (page.records.empty()) return std::nullopt;
    return std::move(page.records.front());
  }

  /// The record with this value in an attribute that a unique index is over, or nothing: `find_by(field<&Track::title>,
  /// "Blue")`.
  template <class U, class M, int Position, class V>
  [[nodiscard]] std::optional<Record<T>> find_by(detail::Field<U, M, Position> attribute, const V& value) const {
    static_assert(std::same_as<U, T>, "reel: this member belongs to another struct");
    static_assert(detail::is_unique<U, Position>(),
                  "reel: find_by needs a reel::unique index over this attribute alone; first(query) needs none");
    return first(Query<T>{}.where(attribute == value));
  }

  /// How many matches there are of each value of an attribute: `count_by(field<&Track::mood>)`. Values that no match
  /// has are left out. Reads all matches, page by page.
  template <class U, class M, int Position>
  [[nodiscard]] std::map<M, std::int64_t> count_by(detail::Field<U, M, Position>, const Query<T>& query = {}) const {
    static_assert(std::same_as<U, T>, "reel: this member belongs to another struct");
    static_assert(Position >= 0 && !detail::Codec<M>::list, "reel: count_by takes an attribute that is not a list");
    return at("count_by", {}, [&] {
      driver::validate(schema(), query.tree());
      std::map<M, std::int64_t> counts;
      driver::walk(*backend_, schema(), driver::QueryTree{.where = query.tree().where, .limit = 500},
                   [&](const driver::Page<driver::DocumentPtr>& page) {
                     for (const driver::DocumentPtr& document : driver::whole(page).items) {
                       M value{};
                       if (!detail::Codec<M>::decode(document->values[static_cast<std::size_t>(Position)], value))
                         driver::throw_misfit(*document, schema().attributes[static_cast<std::size_t>(Position)].name);
                       ++counts[std::move(value)];
                     }
                     return true;
                   });
      return counts;
    });
  }

  /// How many match; limit, order and cursor play no part. Always exact.
  [[nodiscard]] std::int64_t count(const Query<T>& query = {}) const {
    return at("count", {}, [&] {
      driver::validate(schema(), query.tree());
      return backend_->count(schema(), query.tree());
    });
  }

  /// Which index serves the query.
  [[nodiscard]] Explanation explain(const Query<T>& query) const requires driver::ExplainBackend<Backend> {
    return at("explain", {}, [&] {
      driver::validate(schema(), query.tree());
      return backend_->explain(schema(), query.tree());
    });
  }

  /// Creates many. See `BulkOptions` for what happens when one fails.
  BulkResult<T> create_many(std::vector<T> values, BulkOptions options = {}) const {
    std::vector<Draft<T>> drafts;
    drafts.reserve(values.size());
    for (T& value : values) drafts.push_back({.value = std::move(value)});
    return create_many(std::move(drafts), options);
  }
  BulkResult<T> create_many(std::vector<Draft<T>> drafts, BulkOptions options = {}) const {
    return bulk("create_many", drafts, options, [&](Draft<T>& one, driver::Write& write) {
      write.document.id = one.options.id ? one.options.id->str() : make_id();
      write.document = draft(write.document.id, one.value, one.options);
      driver::validate(schema(), write.document);
      detail::check_references(*backend_, schema(), write.document);
    });
  }

  /// Updates many, each with its own patch and its own `if_unchanged_since`. A missing record is `not_found`.
  BulkResult<T> update_many(std::vector<Update<T>> updates, BulkOptions options = {}) const {
    return bulk("update_many", updates, options, [&](Update<T>& one, driver::Write& write) {
      write.kind = driver::Write::Kind::update;
      write.document.id = one.id.str();
      write.change = std::move(one.patch).change();
      write.change.if_unchanged_since = one.if_unchanged_since;
      driver::check_id(write.document.id);
      driver::validate(schema(), write.change);
      detail::check_references(*backend_, schema(), write.change);
    });
  }

  /// Changes every match and tells how many there were; limit, order and cursor play no part. Record by record: a
  /// failure leaves those before it changed.
  std::int64_t update_where(const Query<T>& query, const Patch<T>& patch) const {
    return at("update_where", {}, [&] {
      driver::Change change = patch.change();
      driver::validate(schema(), change);
      detail::check_references(*backend_, schema(), change);
      return matches(query).for_each([&](const driver::DocumentPtr& document) {
        change.if_unchanged_since = document->updated_at;
        change.as_read = document;
        return backend_->update(schema(), document->id, change) != nullptr;
      });
    });
  }

  /// Removes every match and returns how many there were; limit, order and cursor play no part. `on_remove` is followed
  /// for each. A failure leaves some of the others removed. Where the backend has bulk writes and no other collection
  /// refers to this one, records are removed a page at a time, else one by one.
  std::int64_t remove_where(const Query<T>& query) const {
    return at("remove_where", {}, [&] {
      const auto remove = [&](const driver::DocumentPtr& document) {
        return detail::remove_record(*backend_, schema(), document->id, document->updated_at);
      };
      const bool alone = !driver::abilities_of(*backend_).bulk || detail::has_referrers(*backend_, schema());
      return alone ? matches(query).for_each(remove) : matches(query).remove(remove);
    });
  }

 private:
  /// Runs `body` and puts operation, collection and id into what it throws.
  template <class F>
  static auto at(const char* operation, std::string_view id, F&& body) {
    return driver::in_context(body, [&] { return context(operation, id); });
  }
  static ErrorContext context(const char* operation, std::string_view id) {
    return {.operation = operation, .collection = schema().id, .id = std::string(id)};
  }

  static Error missing(const char* operation, std::string_view id) {
    return Error(Errc::not_found, "there is no such record", context(operation, id));
  }

  static driver::Document draft(const std::string& id, const T& value, const CreateOptions<T>& options) {
    driver::Document document{.id = id, .permissions = options.permissions};
    document.is_copy = options.created_at.has_value();
    if (options.created_at) document.created_at = *options.created_at;
    if (options.updated_at) document.updated_at = *options.updated_at;
    document.values = driver::encode_values(value);
    return document;
  }

  static driver::Change whole(const T& value) {
    driver::Change change;
    std::vector<driver::Value> values = driver::encode_values(value);
    change.values.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      change.values.emplace_back(static_cast<int>(i), std::move(values[i]));
    return change;
  }

  /// The record just stored, from the value it was made of: only a default may have changed it.
  static Record<T> with_defaults(const driver::Document& stored, T value) {
    Record<T> record;
    detail::copy_header(stored, record);
    record.value = std::move(value);
    detail::for_each_attribute<T>([&](const auto& attribute, int position) {
      const auto place = static_cast<std::size_t>(position);
      if (schema().attributes[place].default_value.is_null()) return;
      using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
      detail::Codec<M>::decode(stored.values[place], record.value.*(attribute.member));
    });
    return record;
  }

  /// `document`: where to keep what the record was made of.
  std::optional<Record<T>> read(const char* operation, const Id<T>& id, driver::DocumentPtr* document = nullptr) const {
    return at(operation, id.str(), [&]() -> std::optional<Record<T>> {
      driver::check_id(id.str());
      const driver::DocumentPtr stored = backend_->find(schema(), id.str());
      if (document) *document = stored;
      std::optional<Record<T>> record;
      if (stored) {
        detail::copy_header(*stored, record.emplace());
        driver::decode_values(*stored, record->value);
      }
      return record;
    });
  }

  template <class MakeChange>
  Record<T> change_record(const char* operation, const Id<T>& id, std::optional<Timestamp> if_unchanged_since,
                          MakeChange make_change) const {
    return at(operation, id.str(), [&] {
      driver::check_id(id.str());
      driver::Change change = make_change();
      change.if_unchanged_since = if_unchanged_since;
      driver::validate(schema(), change);
      detail::check_references(*backend_, schema(), change);
      const driver::DocumentPtr stored = backend_->update(schema(), id.str(), std::move(change));
      if (!stored) throw missing(operation, id.str());
      return detail::to_record<T>(*stored);
    });
  }

  template <class Item, class MakeWrite>
  BulkResult<T> bulk(const char* operation, std::vector<Item>& items, BulkOptions options, MakeWrite make_write) const {
    BulkResult<T> result{.atomic = driver::abilities_of(*backend_).atomic_batches && !options.partial};
    result.items.resize(items.size());
    std::vector<driver::Write> writes;
    std::vector<std::size_t> places;
    const auto fail = [&](std::size_t place, std::string_view id, const Error& error) {
      Error named =
          error.within({.operation = operation, .collection = schema().id, .id = std::string(id), .item = place});
      if (!options.partial) throw named;
      result.items[place].error = std::move(named);
    };
    for (std::size_t i = 0; i < items.size(); ++i) {
      driver::Write write;
      try {
        make_write(items[i], write);
        writes.push_back(std::move(write));
        places.push_back(i);
      } catch (const Error& error) {
        fail(i, write.document.id, error);
      }
    }
    std::vector<std::string> ids;
    for (const driver::Write& write : writes) ids.push_back(write.document.id);
    std::vector<driver::WriteResult> written = driver::write_many(
        *backend_, schema(), std::move(writes), result.atomic ? driver::Batch::atomic : driver::Batch::independent);
    for (std::size_t i = 0; i < written.size(); ++i) {
      if (written[i].error) {
        fail(places[i], ids[i], *written[i].error);
      } else if (!written[i].document) {
        if (!result.atomic || options.partial) fail(places[i], ids[i], missing(operation, ids[i]));
      } else {
        result.items[places[i]].record = detail::to_record<T>(*written[i].document);
      }
    }
    return result;
  }

  [[nodiscard]] detail::Matches<Backend> matches(const Query<T>& query) const {
    driver::validate(schema(), query.tree());
    return {*backend_, schema(), query.tree().where};
  }

  Backend* backend_;
};

/// `auto tracks = reel::records<Track>(store);`. The store must outlive it.
template <class T, RecordBackend Backend>
[[nodiscard]] Repository<T, Backend> records(Backend& backend) {
  return Repository<T, Backend>(backend);
}

}  // namespace reel
