#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/change_json.hpp>
#include <reel/backends/appwrite/record_reader.hpp>
#include <reel/backends/appwrite/record_update.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/unique_conflict.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/optimistic.hpp>

namespace reel::appwrite {

/// Writes single records for a user or guest, who may use the routes of single records only. So no write can be guarded
/// as `Writer` does:
///
///     create       POST                                                         1 request
///     update       PATCH of the record, after a read                            2
///     increment    PATCH of the version, then PATCH …/increment                 4
///     remove       DELETE, with a condition after a read                        1 or 2
///
/// A record that the user can read gets its next version, so that guarded writes of other programs notice the change,
/// and an update is repeated if it has changed since. The server checks the condition of a write by
/// `X-Appwrite-Timestamp`. It compares, and writes, all columns of its cached record (Appwrite 1.8.1): of two writes
/// within a few milliseconds one may be lost, and rights are those of that record. Thread-safe; the references must
/// outlive the object.
class UserWriter {
 public:
  UserWriter(const Client& client, const Routes& routes, const driver::CollectionSchema& schema)
      : client_(client), routes_(routes), schema_(schema) {}

  /// Creates the record. Times are not sent: the server ignores those of a user. To a record without permissions the
  /// server adds those of its owner. Throws `already_exists`, naming the unique index if the user can see which it is.
  [[nodiscard]] driver::DocumentPtr create(const driver::Document& document) const {
    check_possible(document.id, "record");
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i)
      require_exact(schema_.attributes[i], document.values[i]);
    json::Object body;
    body.add(routes_.document_id_word(), document.id).add("data", new_data(schema_, document, false));
    if (!document.permissions.empty()) body.add("permissions", document.permissions);
    try {
      const Answer answer =
          client_.call(with_body(Method::post, routes_.documents(schema_.id), Idempotency::settled, body));
      if (!answer.in_doubt) return document_in(answer, document.id);
      // An attempt without a response may have created it.
      driver::DocumentPtr stored = find_document(client_, routes_, schema_, document.id);
      if (stored && stored->values == document.values) return stored;
      throw client_.error_of(answer.response);
    } catch (const Error& error) {
      if (!has_type(error, "document_already_exists")) throw;
      if (find_document(client_, routes_, schema_, document.id)) throw driver::id_taken().within(error.context());
      throw_taken(document, error);
    }
  }

  /// Updates the record and returns it, or null if it does not exist. A change that changes nothing needs the right to
  /// read, any other the right to update.
  [[nodiscard]] driver::DocumentPtr update(std::string_view id, const driver::Change& wanted) const {
    if (id == impossible_id) return nullptr;
    return driver::retry_conflicts([&](int) -> std::optional<driver::DocumentPtr> {
      const driver::DocumentPtr stored = find_document(client_, routes_, schema_, id);
      if (!stored || wanted.if_unchanged_since) return patched(id, stored, wanted);
      driver::Change guarded = wanted;
      guarded.if_unchanged_since = stored->updated_at;
      return driver::unless_conflict([&] { return patched(id, stored, guarded); });
    });
  }

  /// Adds `by` to a number and returns the record, or null if it does not exist. The version is counted first, so that
  /// a guarded write of a program that has read the number before is refused.
  [[nodiscard]] driver::DocumentPtr increment(std::string_view id, int attribute, const driver::Value& by) const {
    if (id == impossible_id) return nullptr;
    const driver::AttributeSchema& number = schema_.attributes[static_cast<std::size_t>(attribute)];
    return driver::retry_conflicts([&](int) -> std::optional<driver::DocumentPtr> {
      const driver::DocumentPtr stored = find_document(client_, routes_, schema_, id);
      if (!stored && client_.has(Ability::transactions)) return added(id, number, by);
      if (!stored) return nullptr;
      const driver::Value& old = stored->values[static_cast<std::size_t>(attribute)];
      const driver::Value sum = driver::incremented(number, old, by);
      if (sum == old) return stored;
      // The server leaves a null as it is, and has no increments before 1.8.0, like transactions.
      if (old.is_null() || !client_.has(Ability::transactions)) {
        const driver::Change change{.values = {{attribute, sum}}, .if_unchanged_since = stored->updated_at};
        return driver::unless_conflict([&] { return patched(id, stored, change); });
      }
      if (!added(id, wanted_version_number(), driver::Value{std::int64_t{1}}) || !added(id, number, by)) return nullptr;
      return find_document(client_, routes_, schema_, id);
    });
  }

  /// Removes the record. Returns false if it does not exist. Throws `conflict` if it was updated after the time.
  [[nodiscard]] bool remove(std::string_view id, std::optional<Timestamp> if_unchanged_since) const {
    if (id == impossible_id) return false;
    Call call = remove_call(routes_, schema_.id, id);
    if (if_unchanged_since) add_condition(call, find_document(client_, routes_, schema_, id), *if_unchanged_since);
    return remove_document(client_, std::move(call));
  }

  /// Whether the record exists, also if the user cannot read it: then the server refuses an update instead of answering
  /// that there is no record. The update names an attribute that does not exist, so nothing is ever changed. 1 request.
  [[nodiscard]] bool exists(std::string_view id) const {
    const json::Object body = json::Object{}.add("data", json::Object{}.add("reel_probe", true));
    try {
      client_.call(with_body(Method::patch, routes_.document(schema_.id, id), Idempotency::idempotent, body));
      return true;
    } catch (const Error& error) {
      if (error.code() == Errc::not_found) return false;
      if (error.code() == Errc::forbidden || error.code() == Errc::invalid) return true;
      throw;
    }
  }

 private:
  /// The hidden attribute with the version.
  static const driver::AttributeSchema& wanted_version_number() {
    static const driver::AttributeSchema version{.name = std::string(version_attribute),
                                                 .kind = driver::AttributeType::integer};
    return version;
  }

  /// Throws `unsupported` for a value that the server would round or execute.
  void require_exact(const driver::AttributeSchema& attribute, const driver::Value& value) const {
    if (parts_of(attribute, value).rest == 0) return;
    throw Error(Errc::unsupported,
                "attribute '" + attribute.name +
                    "' has a number of more than 14 significant digits, which only a program with an API key can "
                    "store: round it",
                {.attribute = attribute.name});
  }

  /// Makes the request fail as `conflict` if the record was updated after the time. `stored`: as it was just read, or
  /// null. If it is newer, the condition is one that never holds: the server checks the rights first, and its cache may
  /// have an older record.
  static void add_condition(Call& call, const driver::DocumentPtr& stored, Timestamp since) {
    const bool is_newer = stored && driver::is_newer(*stored, since);
    call.request.headers.add("X-Appwrite-Timestamp", format_timestamp(is_newer ? Timestamp{} : since));
  }

  /// The record in a response.
  [[nodiscard]] driver::DocumentPtr document_in(const Answer& answer, std::string_view id) const {
    driver::DocumentPtr document = document_answer(schema_, answer.response);
    check_is_about(*document, id);
    return document;
  }

  /// Throws `already_exists` for a unique index that the document violates.
  [[noreturn]] void throw_taken(const driver::Document& document, const Error& error) const {
    std::optional<std::string> index;
    try {
      index = broken_unique_index(client_, routes_, schema_, document);
    } catch (const Error& unreadable) {  // the user may not list the collection
      if (unreadable.code() != Errc::forbidden) throw;
    }
    throw driver::unique_violation(index, error.context());
  }

  /// Sends a change. `stored`: null if the user cannot read the record.
  [[nodiscard]] driver::DocumentPtr patched(std::string_view id, const driver::DocumentPtr& stored,
                                            const driver::Change& change) const {
    json::Object data;
    for (const auto& [position, value] : change.values) {
      const driver::AttributeSchema& attribute = schema_.attributes[static_cast<std::size_t>(position)];
      require_exact(attribute, value);
      if (client_.has(Ability::operators) && is_executed(attribute, value, DataFor::request))
        throw Error(Errc::unsupported,
                    "attribute '" + attribute.name +
                        "' has a string that the server would execute as an operator; only a program with an API key "
                        "can store it in an existing record",
                    {.attribute = attribute.name});
      data.add_json(attribute.name, rounded_json(attribute, value));
    }
    const driver::Change wanted{.values = change.values, .permissions = change.permissions};  // without times
    if (stored) {
      if (driver::changes_nothing(*stored, wanted)) {
        driver::check_unchanged(*stored, change.if_unchanged_since);
        return stored;
      }
      data.add(version_attribute, (stored->revision + 1) % last_version);
      client_.wait(std::chrono::milliseconds{1});  // so that `$updatedAt` advances
    }
    json::Object body = json::Object{}.add("data", data);
    if (change.permissions) body.add("permissions", *change.permissions);
    // A repetition fails its own condition.
    const Idempotency repeats = change.if_unchanged_since ? Idempotency::settled : Idempotency::idempotent;
    Call call = with_body(Method::patch, routes_.document(schema_.id, id), repeats, body);
    if (change.if_unchanged_since) add_condition(call, stored, *change.if_unchanged_since);
    try {
      const Answer answer = client_.call(std::move(call));
      if (!answer.in_doubt) return document_in(answer, id);
      // An attempt without a response may have changed it.
      driver::DocumentPtr now = find_document(client_, routes_, schema_, id);
      if (now && driver::changes_nothing(*now, wanted)) return now;
      throw client_.error_of(answer.response);
    } catch (const Error& error) {
      if (has_type(error, "document_not_found")) return nullptr;
      if (has_type(error, "document_already_exists") && stored)
        throw_taken(driver::with_values(*stored, change), error);
      throw;
    }
  }

  /// Adds to an attribute on the server; a range of the attribute bounds the sum. Null if the record does not exist.
  [[nodiscard]] driver::DocumentPtr added(std::string_view id, const driver::AttributeSchema& number,
                                          const driver::Value& by) const {
    const auto* whole = by.as<std::int64_t>();
    const double amount = whole ? static_cast<double>(*whole) : *by.as<double>();
    const bool down = amount < 0;
    json::Object body;
    if (whole) {
      body.add("value", down ? -*whole : *whole);
    } else {
      body.add_json("value", float_json(down ? -amount : amount));
    }
    const auto& bound = down ? number.minimum : number.maximum;
    if (bound) body.add(down ? "min" : "max", *bound);
    const std::string path =
        routes_.document(schema_.id, id) + path_of({number.name, down ? "decrement" : "increment"});
    try {
      return document_in(client_.call(with_body(Method::patch, path, Idempotency::once, body)), id);
    } catch (const Error& error) {
      if (error.code() != Errc::not_found) throw;
      return nullptr;
    }
  }

  const Client& client_;
  const Routes& routes_;
  const driver::CollectionSchema& schema_;
};

}  // namespace reel::appwrite
