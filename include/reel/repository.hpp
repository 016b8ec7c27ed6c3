#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/detail/record_calls.hpp>
#include <reel/detail/watch_types.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/erased_records.hpp>
#include <reel/driver/next_page.hpp>
#include <reel/driver/optimistic.hpp>
#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/record_range.hpp>

namespace reel {

/// The records of type `T` in a backend. It owns all rules that are the same on every store: conversion, validation,
/// default values, ids, references, paging, retries after a conflict, and the context of errors.
///
/// A `Repository` is a cheap handle: copy it, and use it from several threads at once. The backend must outlive it.
///
/// Every failure is a `reel::Error` that names the operation, the collection and the id. Besides the codes listed, an
/// operation throws `invalid` for an id that is not valid, `not_found` for a collection that was not set up, `corrupt`
/// for a stored value that does not fit `T`, and the errors of the medium or server of the store (`unavailable`,
/// `timed_out`, `forbidden`, …). An operation that throws has changed nothing, unless its description states otherwise;
/// a write that is `timed_out` may have been applied.
///
/// Requests are calls of the backend: function calls on the local stores, usually one HTTP request each on `Appwrite`.
/// Where an operation sets attributes with `references<…>`, add one request for each reference to check that it exists.
///
///     Memory store;
///     auto tracks = reel::records<Track>(store);
///     tracks.setup();
///     Record<Track> track = tracks.create({.title = "Blue"});
///     tracks.update(track.id, Patch<Track>{}.set(field<&Track::plays>, 1));
///     for (const Record<Track>& one : tracks.all()) std::cout << one.value.title << '\n';
template <class T, RecordBackend Backend>
class Repository {
  static_assert(detail::check_schema<T>);

 public:
  /// The struct that the records hold.
  using value_type = T;
  /// The type of the backend.
  using backend_type = Backend;

  /// A handle on the collection of `T` in `backend`. Accesses nothing; `setup` creates the collection.
  explicit Repository(Backend& backend) : backend_(&backend) {}

  /// The run-time schema of `T`, see `schema_of`.
  [[nodiscard]] static const driver::CollectionSchema& schema() { return schema_of<T>(); }
  /// The backend as passed to the constructor.
  [[nodiscard]] Backend& backend() const noexcept { return *backend_; }

  /// Creates the collection, or changes the stored one to the schema of `T` where no data are lost by that. It may be
  /// repeated, and several processes may call it at once. Throws `conflict` if the stored attributes differ in a way
  /// that would lose data, or records violate a new unique index; the message names the difference.
  void setup() const { Core(*backend_).calls.setup(); }

  /// Creates a record and returns it as stored, default values included. One request.
  ///
  /// Throws:
  /// - `invalid`: a value breaks a rule of the schema, or refers to a record that does not exist
  /// - `already_exists`: the id is taken, or another record has the values of a unique index
  Record<T> create(T value, CreateOptions<T> options = {}) const {
    driver::Document document = draft("create", options.id ? options.id->str() : make_id(), value, options);
    return with_defaults(*Core(*backend_).calls.create(std::move(document)), std::move(value));
  }

  /// The record, or nothing if no record has the id. One request.
  [[nodiscard]] std::optional<Record<T>> find(const Id<T>& id) const {
    std::optional<Record<T>> record;
    if (const driver::DocumentPtr stored = Core(*backend_).calls.find("find", id.str()))
      detail::decode(*stored, record.emplace(), "find");
    return record;
  }

  /// As `find`, but throws `not_found` if no record has the id.
  [[nodiscard]] Record<T> get(const Id<T>& id) const {
    return detail::to_record<T>(*Core(*backend_).calls.get("get", id.str()), "get");
  }

  /// The records with these ids, in the order of `ids`. Ids without a record are left out, and an id that occurs twice
  /// has its record twice. One request for each 100 ids. If one of these fails for another reason than the store as a
  /// whole, each of its ids takes a request; an id whose record cannot be read throws its error. Ids are checked before
  /// the first request.
  [[nodiscard]] std::vector<Record<T>> find_many(std::span<const Id<T>> ids) const {
    std::vector<std::string_view> texts;
    texts.reserve(ids.size());
    for (const Id<T>& id : ids) texts.push_back(id.str());
    std::vector<Record<T>> records;
    for (const driver::DocumentPtr& document : Core(*backend_).calls.find_many(texts))
      detail::decode(*document, records.emplace_back(), "find_many");
    return records;
  }

  /// Whether a record has the id. One request.
  [[nodiscard]] bool exists(const Id<T>& id) const { return Core(*backend_).calls.find("exists", id.str()) != nullptr; }

  /// Changes the attributes that the patch names and returns the record as stored. A patch that changes nothing keeps
  /// `updated_at`. One request.
  ///
  /// Throws:
  /// - `not_found`: no record has the id
  /// - `invalid`: a value breaks a rule of the schema, or refers to a record that does not exist
  /// - `already_exists`: another record has the values of a unique index
  /// - `conflict`: the record is later than `if_unchanged_since`
  Record<T> update(const Id<T>& id, Patch<T> patch, UpdateOptions options = {}) const {
    return change_record("update", id, std::move(patch).change(), options.if_unchanged_since);
  }

  /// Sets every attribute and returns the record as stored. Its permissions stay. Requests and errors as `update`.
  Record<T> replace(const Id<T>& id, const T& value, UpdateOptions options = {}) const {
    return change_record("replace", id, whole("replace", id, value), options.if_unchanged_since);
  }

  /// Sets every attribute of the record, or creates it under this id. One or two requests; more if other writers create
  /// and remove it meanwhile, and `conflict` after a thousand attempts. Other errors as `update`, without `not_found`.
  Record<T> upsert(const Id<T>& id, const T& value, UpsertOptions options = {}) const {
    driver::Change change = whole("upsert", id, value);
    change.permissions = std::move(options.permissions);
    driver::Document document =
        draft("upsert", id.str(), value, {.permissions = change.permissions.value_or(std::vector<Permission>{})});
    return detail::to_record<T>(*Core(*backend_).calls.upsert(std::move(document), std::move(change)), "upsert");
  }

  /// Reads the record, calls `change(T&)` on its value, and writes the result on condition that no other writer has
  /// changed the record meanwhile; otherwise it starts again. So `change` may run several times, and should have no
  /// other effect. An exception from `change` passes through, and nothing is written.
  ///
  /// Two requests for each attempt. Throws `conflict` after a thousand attempts; other errors as `update`.
  template <std::invocable<T&> F>
  Record<T> modify(const Id<T>& id, F&& change) const {
    const auto modify_once = [&](int attempt) {
      const driver::DocumentPtr stored = Core(*backend_).calls.get("modify", id.str());
      Record<T> record = detail::to_record<T>(*stored, "modify");
      change(record.value);
      driver::Change replacement = whole("modify", id, record.value);
      replacement.as_read = stored;
      replacement.attempt = attempt;
      return driver::unless_conflict(
          [&] { return change_record("modify", id, std::move(replacement), record.updated_at); });
    };
    return driver::retry_conflicts(
        modify_once, [&] { return ErrorContext{.operation = "modify", .collection = schema().id, .id = id.str()}; });
  }

  /// Adds `by`, which may be negative, to a number and returns the record as stored. No concurrent addition is lost.
  /// Null counts as 0. One request, or two for each attempt on a store without an atomic increment.
  ///
  /// Throws:
  /// - `not_found`: no record has the id
  /// - `invalid`: the result is outside the range of the attribute
  /// - `conflict`: a thousand attempts failed, on a store without an atomic increment
  template <class U, class M, int Position, class Number>
  Record<T> increment(const Id<T>& id, detail::Field<U, M, Position>, Number by) const {
    using C = detail::Codec<M>;
    static_assert(std::same_as<U, T>, "reel: this member belongs to a different struct");
    static_assert(!C::list && (C::kind == driver::AttributeType::integer || C::kind == driver::AttributeType::floating),
                  "reel: only numbers can be incremented");
    const driver::Value amount = detail::operand<typename C::scalar>(by);
    return detail::to_record<T>(*Core(*backend_).calls.increment(id.str(), Position, amount), "increment");
  }

  /// As above: `increment<&Track::plays>(id, 1)`.
  template <auto Member, class Number>
  Record<T> increment(const Id<T>& id, Number by) const {
    return increment(id, field<Member>, by);
  }

  /// Removes the record. False if no record has the id. Records that refer to it are treated as `on_remove` of their
  /// attribute specifies: they keep it from being removed, are removed with it, or lose the reference. Such a removal
  /// has several steps and is not atomic; the record itself is removed last.
  ///
  /// One request; on a store that knows its referring collections also those to list, change and remove the referring
  /// records.
  ///
  /// Throws `conflict` if the record is later than `if_unchanged_since`, or another record refers to it with
  /// `on_remove::restrict`.
  bool remove(const Id<T>& id, UpdateOptions options = {}) const {
    return Core(*backend_).calls.remove(id.str(), options.if_unchanged_since);
  }

  /// One page of the records that match; 25 unless the query has a `limit`. One request. Throws `invalid` for a limit
  /// below 1, a cursor from another order, or a string in a condition that is not UTF-8.
  [[nodiscard]] Page<T> list(const Query<T>& query = {}) const {
    driver::Page<driver::DocumentPtr> found = Core(*backend_).calls.list("list", query.tree());
    Page<T> page{.next = std::move(found.next), .total = found.total};
    page.records.reserve(found.items.size());
    for (const driver::DocumentPtr& document : found.items)
      detail::decode(*document, page.records.emplace_back(), "list", query.tree().attributes);
    return page;
  }

  /// All records that match, read page by page while the range is walked. The `limit` of the query is the size of a
  /// page. A record that is neither inserted, removed nor moved in the order meanwhile occurs exactly once.
  [[nodiscard]] RecordRange<T, Backend> all(Query<T> query = Query<T>{}.limit(100)) const {
    return RecordRange<T, Backend>(*this, std::move(query));
  }

  /// The first record that matches, in the order of the query, or nothing. One request. Errors as `list`.
  [[nodiscard]] std::optional<Record<T>> first(const Query<T>& query = {}) const {
    Page<T> page = list(query.limit(1));
    if (page.records.empty()) return std::nullopt;
    return std::move(page.records.front());
  }

  /// The record with this value in an attribute that alone forms a unique index, or nothing:
  /// `find_by(field<&Track::title>, "Blue")`. One request. An attribute without such an index does not compile.
  template <class U, class M, int Position, class V>
  [[nodiscard]] std::optional<Record<T>> find_by(detail::Field<U, M, Position> attribute, const V& value) const {
    static_assert(std::same_as<U, T>, "reel: this member belongs to a different struct");
    static_assert(detail::is_unique<U, Position>(),
                  "reel: find_by needs a reel::unique index over this attribute alone; first(query) needs none");
    return first(Query<T>{}.where(attribute == value));
  }

  /// The number of matches for each value of an attribute: `count_by(field<&Track::mood>)`. Values without a match are
  /// left out. Order, limit and cursor of the query are ignored. Reads all matches, one request for each 500.
  template <class U, class M, int Position>
  [[nodiscard]] std::map<M, std::int64_t> count_by(detail::Field<U, M, Position>, const Query<T>& query = {}) const {
    static_assert(std::same_as<U, T>, "reel: this member belongs to a different struct");
    static_assert(Position >= 0 && !detail::Codec<M>::list, "reel: count_by takes an attribute that is not a list");
    std::map<M, std::int64_t> counts;
    const auto list = [&](const driver::QueryTree& page) { return Core(*backend_).calls.list("count_by", page); };
    const auto add = [&](const driver::DocumentPtr& document) { ++counts[value_of<M, Position>(*document)]; };
    driver::for_each_item({.where = query.tree().where, .limit = 500, .attributes = {Position}}, list, add);
    return counts;
  }

  /// All records that match, and then every change of them as other threads, programs and users make it; never ends
  /// unless `WatchOptions::stop` is requested. Order, limit and cursor of the query are ignored. Include
  /// `<reel/watch.hpp>`, which describes the guarantees and the errors.
  ///
  ///     for (const Change<Track>& change : tracks.watch(field<&Track::live> == true, {.from = token})) …
  [[nodiscard]] Watch<T> watch(const Query<T>& query = {}) const;
  /// The same with options.
  [[nodiscard]] Watch<T> watch(const Query<T>& query, WatchOptions options) const;
  /// The same with a callback, which is called on a thread of the watch until the handle is destroyed. Throws what the
  /// start of a watch throws; errors after that are in the handle.
  template <std::invocable<const Change<T>&> Callback>
  [[nodiscard]] WatchHandle watch(const Query<T>& query, WatchOptions options, Callback callback) const;

  /// The exact number of matches. Order, limit and cursor of the query are ignored. One request, but on `Appwrite`,
  /// whose totals are capped at 5,000, as many as it takes to count more.
  [[nodiscard]] std::int64_t count(const Query<T>& query = {}) const {
    return Core(*backend_).calls.count(query.tree());
  }

  /// How the store would run the query: the index, and the number of records to read. Available only where the backend
  /// has a planner.
  [[nodiscard]] Explanation explain(const Query<T>& query) const requires driver::ExplainBackend<Backend> {
    return Core(*backend_).calls.explain(query.tree());
  }

  /// Creates a record for each value, with new ids. See below.
  BulkResult<T> create_many(std::vector<T> values, BulkOptions options = {}) const {
    std::vector<Draft<T>> drafts;
    drafts.reserve(values.size());
    for (T& value : values) drafts.push_back({.value = std::move(value)});
    return create_many(std::move(drafts), options);
  }
  /// Creates many records. All are validated before the first is written. `BulkOptions` and `BulkResult` describe what
  /// a failure means. As few requests as the bulk writes of the backend take; one for each record where it has none.
  /// Errors as `create`, with the position in `ErrorContext::item`.
  BulkResult<T> create_many(std::vector<Draft<T>> drafts, BulkOptions options = {}) const {
    driver::RecordsOf<Backend> store(*backend_);
    detail::BulkCall call(*store, schema(), "create_many", options.partial, drafts.size());
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

  /// Changes many records, each with its own patch and its own `if_unchanged_since`. Otherwise as `create_many`, with
  /// the errors of `update`; a record that does not exist is `not_found`.
  BulkResult<T> update_many(std::vector<Update<T>> updates, BulkOptions options = {}) const {
    driver::RecordsOf<Backend> store(*backend_);
    detail::BulkCall call(*store, schema(), "update_many", options.partial, updates.size());
    for (Update<T>& one : updates) {
      driver::Write write{
          .kind = driver::WriteKind::update, .document = {.id = one.id.str()}, .change = std::move(one.patch).change()};
      write.change.if_unchanged_since = one.if_unchanged_since;
      call.add(std::move(write));
    }
    return results(call);
  }

  /// Applies the patch to every record that matches and returns their number. Order, limit and cursor of the query are
  /// ignored. Records are read in pages of 500 and changed one by one, each on condition that it still matches; so an
  /// error leaves those before it changed. Errors as `update`.
  std::int64_t update_where(const Query<T>& query, const Patch<T>& patch) const {
    return Core(*backend_).calls.update_where(query.tree(), patch.change());
  }

  /// Removes every record that matches and returns their number. Order, limit and cursor of the query are ignored.
  /// `on_remove` of referring records applies to each. Where the backend has bulk writes and no other collection refers
  /// to this one, the records of a page of 500 are removed together, else one by one. An error leaves some records
  /// removed. Errors as `remove`.
  std::int64_t remove_where(const Query<T>& query) const { return Core(*backend_).calls.remove_where(query.tree()); }

 private:
  /// The value of one attribute, without the rest of the record.
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

  /// The document to create.
  static driver::Document draft(const char* operation, std::string id, const T& value,
                                const CreateOptions<T>& options) {
    driver::Document document{.id = std::move(id), .is_copy = options.is_copy, .permissions = options.permissions};
    if (options.created_at) document.created_at = *options.created_at;
    if (options.updated_at) document.updated_at = *options.updated_at;
    document.values = driver::encode_values(value, operation, document.id);
    return document;
  }

  /// The change that sets every attribute to that of `value`.
  static driver::Change whole(const char* operation, const Id<T>& id, const T& value) {
    return detail::change_to(driver::encode_values(value, operation, id.str()));
  }

  /// The record just stored, built from the value it was created with: only attributes with a default may differ from
  /// it.
  static Record<T> with_defaults(const driver::Document& stored, T value) {
    Record<T> record;
    detail::copy_header(stored, record);
    record.value = std::move(value);
    detail::for_each_attribute<T>([&](const auto& attribute, int position) {
      const auto index = static_cast<std::size_t>(position);
      if (schema().attributes[index].default_value.is_null()) return;
      using M = typename std::remove_cvref_t<decltype(attribute)>::member_type;
      detail::Codec<M>::decode(stored.values[index], record.value.*(attribute.member));
    });
    return record;
  }

  /// Applies a change and returns the record as stored.
  Record<T> change_record(const char* operation, const Id<T>& id, driver::Change change,
                          std::optional<Timestamp> if_unchanged_since) const {
    change.if_unchanged_since = if_unchanged_since;
    return detail::to_record<T>(*Core(*backend_).calls.update(operation, id.str(), std::move(change)), operation);
  }

  /// Runs the call and decodes what it stored.
  static BulkResult<T> results(detail::BulkCall& call) {
    BulkResult<T> result{.atomic = call.is_atomic()};
    std::vector<driver::WriteResult> written = call.run();
    result.items.reserve(written.size());
    for (driver::WriteResult& one : written) {
      BulkItem<T>& item = result.items.emplace_back();
      item.error = std::move(one.error);
      if (one.document) item.record = detail::to_record<T>(*one.document, call.operation());
    }
    return result;
  }

  Backend* backend_;
};

/// A `Repository` on the records of type `T` in `backend`, which must outlive it:
/// `auto tracks = reel::records<Track>(store);`.
template <class T, RecordBackend Backend>
[[nodiscard]] Repository<T, Backend> records(Backend& backend) {
  return Repository<T, Backend>(backend);
}

}  // namespace reel
