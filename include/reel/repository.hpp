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

#include <reel/detail/record_calls.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/erased_records.hpp>
#include <reel/driver/optimistic.hpp>
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
  void setup() const { Core(*backend_).calls.setup(); }

  /// `invalid`: breaks a rule of the schema. `already_exists`: the id, or a unique index.
  Record<T> create(T value, CreateOptions<T> options = {}) const {
    driver::Document document = draft("create", options.id ? options.id->str() : make_id(), value, options);
    return with_defaults(*Core(*backend_).calls.create(std::move(document)), std::move(value));
  }

  [[nodiscard]] std::optional<Record<T>> find(const Id<T>& id) const {
    std::optional<Record<T>> record;
    if (const driver::DocumentPtr stored = Core(*backend_).calls.find("find", id.str()))
      detail::decode(*stored, record.emplace(), "find");
    return record;
  }

  /// As `find`; absence is `not_found`.
  [[nodiscard]] Record<T> get(const Id<T>& id) const {
    return detail::to_record<T>(*Core(*backend_).calls.get("get", id.str()), "get");
  }

  [[nodiscard]] bool exists(const Id<T>& id) const { return Core(*backend_).calls.find("exists", id.str()) != nullptr; }

  /// Changes what the patch names. A patch that changes nothing keeps `updated_at`. `not_found`; `invalid`;
  /// `already_exists`: a unique index; `conflict`: changed since `if_unchanged_since`.
  Record<T> update(const Id<T>& id, Patch<T> patch, UpdateOptions options = {}) const {
    return change_record("update", id, std::move(patch).change(), options.if_unchanged_since);
  }

  /// Sets every attribute. Errors as `update`.
  Record<T> replace(const Id<T>& id, const T& value, UpdateOptions options = {}) const {
    return change_record("replace", id, whole("replace", id, value), options.if_unchanged_since);
  }

  /// Replaces the record, or creates it under this id. Without `options.permissions` a record that is there keeps its
  /// own, and a new one has none.
  Record<T> upsert(const Id<T>& id, const T& value, UpsertOptions options = {}) const {
    driver::Change change = whole("upsert", id, value);
    change.permissions = std::move(options.permissions);
    driver::Document document =
        draft("upsert", id.str(), value, {.permissions = change.permissions.value_or(std::vector<Permission>{})});
    return detail::to_record<T>(*Core(*backend_).calls.upsert(std::move(document), std::move(change)), "upsert");
  }

  /// Reads the record, calls `change(T&)` and writes the result, and starts again if another writer was faster; so
  /// `change` may run several times. `conflict` after a thousand attempts.
  template <std::invocable<T&> F>
  Record<T> modify(const Id<T>& id, F&& change) const {
    const auto modify_once = [&](int attempt) {
      const driver::DocumentPtr stored = Core(*backend_).calls.get("modify", id.str());
      Record<T> record = detail::to_record<T>(*stored, "modify");
      change(record.value);
      driver::Change made = whole("modify", id, record.value);
      made.as_read = stored;
      made.attempt = attempt;
      return driver::unless_conflict([&] { return change_record("modify", id, std::move(made), record.updated_at); });
    };
    return driver::retry_conflicts(
        modify_once, [&] { return ErrorContext{.operation = "modify", .collection = schema().id, .id = id.str()}; });
  }

  /// Adds to a number, so that no concurrent addition is lost; null counts as 0. `not_found`; `invalid`: the sum is
  /// outside the attribute's range, and nothing is written.
  template <class U, class M, int Position, class Number>
  Record<T> increment(const Id<T>& id, detail::Field<U, M, Position>, Number by) const {
    using C = detail::Codec<M>;
    static_assert(std::same_as<U, T>, "reel: this member belongs to another struct");
    static_assert(!C::list && (C::kind == driver::AttributeType::integer || C::kind == driver::AttributeType::floating),
                  "reel: only numbers can be incremented");
    const driver::Value amount = detail::operand<typename C::scalar>(by);
    return detail::to_record<T>(*Core(*backend_).calls.increment(id.str(), Position, amount), "increment");
  }

  template <auto Member, class Number>
  Record<T> increment(const Id<T>& id, Number by) const {
    return increment(id, field<Member>, by);
  }

  /// False if it was not there. `conflict`: changed since `if_unchanged_since`, or kept by a record that refers to it
  /// (`on_remove::restrict`).
  bool remove(const Id<T>& id, UpdateOptions options = {}) const {
    return Core(*backend_).calls.remove(id.str(), options.if_unchanged_since);
  }

  /// One page of what matches. `invalid`: limit below 1, or a cursor from another order.
  [[nodiscard]] Page<T> list(const Query<T>& query = {}) const {
    driver::Page<driver::DocumentPtr> found = Core(*backend_).calls.list("list", query.tree());
    Page<T> page{.next = std::move(found.next), .total = found.total};
    page.records.reserve(found.items.size());
    for (const driver::DocumentPtr& document : found.items)
      detail::decode(*document, page.records.emplace_back(), "list");
    return page;
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
    std::map<M, std::int64_t> counts;
    driver::QueryTree tree{.where = query.tree().where, .limit = 500};
    const auto list = [&](const driver::Cursor& behind) {
      tree.after = behind;
      return Core(*backend_).calls.list("count_by", tree);
    };
    driver::walk_from(Core(*backend_).calls.list("count_by", tree), list,
                      [&](const driver::Page<driver::DocumentPtr>& page) {
                        for (const driver::DocumentPtr& document : page.items)
                          ++counts[value_of<M, Position>(*document)];
                        return true;
                      });
    return counts;
  }

  /// How many match; limit, order and cursor play no part. Always exact.
  [[nodiscard]] std::int64_t count(const Query<T>& query = {}) const {
    return Core(*backend_).calls.count(query.tree());
  }

  /// Which index serves the query.
  [[nodiscard]] Explanation explain(const Query<T>& query) const requires driver::ExplainBackend<Backend> {
    return Core(*backend_).calls.explain(query.tree());
  }

  /// Creates many. See `BulkOptions` for what happens when one fails.
  BulkResult<T> create_many(std::vector<T> values, BulkOptions options = {}) const {
    std::vector<Draft<T>> drafts;
    drafts.reserve(values.size());
    for (T& value : values) drafts.push_back({.value = std::move(value)});
    return create_many(std::move(drafts), options);
  }
  BulkResult<T> create_many(std::vector<Draft<T>> drafts, BulkOptions options = {}) const {
    driver::RecordsOf<Backend> store(*backend_);
    detail::BulkCall call(*store, schema(), "create_many", options.partial);
    for (const Draft<T>& one : drafts) {
      const std::string id = one.options.id ? one.options.id->str() : make_id();
      driver::Write write;
      try {
        write.document = draft("create_many", id, one.value, one.options);
      } catch (const Error& error) {
        call.add_failed(error, id);
        continue;
      }
      call.add(std::move(write));
    }
    return results(call);
  }

  /// Updates many, each with its own patch and its own `if_unchanged_since`. A missing record is `not_found`.
  BulkResult<T> update_many(std::vector<Update<T>> updates, BulkOptions options = {}) const {
    driver::RecordsOf<Backend> store(*backend_);
    detail::BulkCall call(*store, schema(), "update_many", options.partial);
    for (Update<T>& one : updates) {
      driver::Write write{.kind = driver::WriteKind::update,
                          .document = {.id = one.id.str()},
                          .change = std::move(one.patch).change()};
      write.change.if_unchanged_since = one.if_unchanged_since;
      call.add(std::move(write));
    }
    return results(call);
  }

  /// Changes every match and tells how many there were; limit, order and cursor play no part. Record by record: a
  /// failure leaves those before it changed.
  std::int64_t update_where(const Query<T>& query, const Patch<T>& patch) const {
    return Core(*backend_).calls.update_where(query.tree(), patch.change());
  }

  /// Removes every match and returns how many there were; limit, order and cursor play no part. `on_remove` is followed
  /// for each. A failure leaves some of the others removed. Where the backend has bulk writes and no other collection
  /// refers to this one, records are removed a page at a time, else one by one.
  std::int64_t remove_where(const Query<T>& query) const { return Core(*backend_).calls.remove_where(query.tree()); }

 private:
  template <class M, int Position>
  static M value_of(const driver::Document& document) {
    constexpr auto index = static_cast<std::size_t>(Position);
    M value{};
    if (!detail::Codec<M>::decode(document.values[index], value))
      driver::throw_misfit(document, schema().attributes[index].name);
    return value;
  }

  /// The part that does not depend on `T`, over the backend.
  struct Core {
    explicit Core(Backend& backend) : store(backend), calls(*store, schema()) {}
    driver::RecordsOf<Backend> store;
    detail::RecordCalls calls;
  };

  static driver::Document draft(const char* operation, const std::string& id, const T& value,
                                const CreateOptions<T>& options) {
    driver::Document document{.id = id, .permissions = options.permissions};
    document.is_copy = options.created_at.has_value();
    if (options.created_at) document.created_at = *options.created_at;
    if (options.updated_at) document.updated_at = *options.updated_at;
    document.values = driver::encode_values(value, operation, id);
    return document;
  }

  static driver::Change whole(const char* operation, const Id<T>& id, const T& value) {
    return detail::change_to(driver::encode_values(value, operation, id.str()));
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

  Record<T> change_record(const char* operation, const Id<T>& id, driver::Change change,
                          std::optional<Timestamp> if_unchanged_since) const {
    change.if_unchanged_since = if_unchanged_since;
    return detail::to_record<T>(*Core(*backend_).calls.update(operation, id.str(), std::move(change)), operation);
  }

  static BulkResult<T> results(detail::BulkCall& call) {
    BulkResult<T> result{.atomic = call.is_atomic()};
    for (driver::WriteResult& one : call.run()) {
      BulkItem<T>& item = result.items.emplace_back();
      item.error = std::move(one.error);
      if (one.document) item.record = detail::to_record<T>(*one.document, call.operation());
    }
    return result;
  }

  Backend* backend_;
};

/// `auto tracks = reel::records<Track>(store);`. The store must outlive it.
template <class T, RecordBackend Backend>
[[nodiscard]] Repository<T, Backend> records(Backend& backend) {
  return Repository<T, Backend>(backend);
}

}  // namespace reel
