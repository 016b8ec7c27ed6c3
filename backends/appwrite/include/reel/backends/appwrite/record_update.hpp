#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/change_json.hpp>
#include <reel/backends/appwrite/document_reader.hpp>
#include <reel/backends/appwrite/record_reader.hpp>
#include <reel/backends/appwrite/server_transaction.hpp>
#include <reel/backends/appwrite/unique_conflict.hpp>
#include <reel/backends/appwrite/version_guard.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/validate.hpp>

namespace reel::appwrite {

/// Whether the server stores the value in two steps: a floating-point number of more than 14 significant digits. Throws
/// `unsupported` if it is one and the server has no transactions.
[[nodiscard]] inline bool needs_two_steps(const Client& client, const driver::AttributeSchema& attribute,
                                          const driver::Value& value) {
  if (parts_of(attribute, value).rest == 0) return false;
  if (client.has(Ability::transactions)) return true;
  throw Error(Errc::unsupported,
              "attribute '" + attribute.name + "' has a number of more than 14 significant digits, and Appwrite " +
                  client.version().str() + " stores 14: round it, or use Appwrite " +
                  first_version_with(Ability::transactions).str() + " or later",
              {.attribute = attribute.name});
}
[[nodiscard]] inline bool needs_two_steps(const Client& client, const driver::CollectionSchema& schema,
                                          const driver::Document& document) {
  bool needed = false;
  for (std::size_t i = 0; i < schema.attributes.size(); ++i)
    needed = needs_two_steps(client, schema.attributes[i], document.values[i]) || needed;
  return needed;
}

/// Whether the record's `updated_at` is in the future, as after an import. A transaction is refused as
/// `transaction_conflict` until that time has passed (Appwrite 1.8.1, PATCH /databases/transactions/…).
[[nodiscard]] inline bool is_dated_ahead(const Client& client, const driver::Document& stored) {
  return stored.updated_at > std::chrono::floor<std::chrono::milliseconds>(client.clock().wall());
}

/// Updates of one record, each with the requests that it needs:
///
///     at once    1 request   writes the columns of the change to the record in its current state
///     guarded    4 requests  writes only if the record is unchanged since it was read, then reads the result
///     alone      1 request   as at once, for the only writer; before 1.7.0 writes all columns
///
/// `stored` is the record as read before. All functions return null if the record no longer exists, and throw
/// `already_exists` for a violated unique index and `invalid` for a value that the server refuses.
class RecordUpdate {
 public:
  RecordUpdate(const Client& client, const Routes& routes, const driver::CollectionSchema& schema)
      : client_(client), routes_(routes), schema_(schema), operations_(client, routes, schema.id) {}

  /// The result of a guarded update. With `done`, `document` is the updated record, or null if it does not exist.
  /// Otherwise another writer was faster and nothing was changed.
  struct UpdateResult {
    bool done = true;
    driver::DocumentPtr document{};
  };

  /// Whether the update needs a guard on its own account: it takes several steps, or an operator that depends on the
  /// replaced value. Throws `unsupported` if so and the server has no transactions.
  [[nodiscard]] bool needs_guard(const driver::Change& change) const {
    return std::any_of(change.values.begin(), change.values.end(), [&](const auto& one) {
      const driver::AttributeSchema& column = attribute(one.first);
      const bool executed = client_.has(Ability::operators) && is_executed(column, one.second, DataFor::request);
      return executed || needs_two_steps(client_, column, one.second);
    });
  }

  /// Writes all columns of the change, also those that have the wanted value already, so that the values of a change
  /// always belong together. Uses PATCH /databases/…/documents with a query for the id, because PATCH of one document
  /// writes all columns from the server's cache (Appwrite 1.8.1).
  [[nodiscard]] driver::DocumentPtr at_once(const driver::Document& stored, const driver::Change& change) const {
    json::Object data = data_of(client_, schema_, stored, change, DataFor::request).add(permissions_of(change));
    const json::Object times = times_of(client_, change.created_at, next_time(stored, change));
    if (!client_.has(Ability::operators)) return counted(stored, change, data, times);
    return sent(stored, change, data.add(times).add(version_attribute, operator_that_adds(1).str()));
  }

  /// Adds to a number in 1 request. The returned record may include later additions of other writers.
  [[nodiscard]] driver::DocumentPtr add(const driver::Document& stored, int position, std::int64_t by) const {
    const json::Object data = json::Object{}
                                  .add(version_attribute, operator_that_adds(1).str())
                                  .add(attribute(position).name, operator_that_adds(by).str())
                                  .add(times_of(client_, {}, next_time(stored, {})));
    return document_in(client_.call(update_call(routes_, schema_.id, stored.id, data, Idempotency::once)), stored.id);
  }

  /// For a program that is the only writer and holds the record's lock.
  [[nodiscard]] driver::DocumentPtr alone(const driver::Document& stored, const driver::Change& change) const {
    if (client_.has(Ability::operators)) return at_once(stored, change);
    json::Object data = data_of(client_, schema_, stored, change, DataFor::request)
                            .add(times_of(client_, change.created_at, next_time(stored, change)))
                            .add(version_attribute, (stored.revision + 1) % last_version);
    if (client_.has(Ability::bulk_writes)) return sent(stored, change, data.add(permissions_of(change)));
    return patched(stored, change, std::move(data));
  }

  /// Writes the change in a transaction that fails if the version has changed. `ahead`: the server refused the same
  /// version before because the record is dated in the future. The date is then replaced by the present before the
  /// transaction, and restored after it. Sets `refusal` if the server refused the transaction.
  [[nodiscard]] UpdateResult guarded(const driver::Document& stored, const driver::Change& wanted, bool ahead,
                                     std::optional<Error>& refusal) const {
    const driver::Change change = driver::difference(stored, wanted);
    const std::optional<Timestamp> time = next_time(stored, change);
    driver::DocumentPtr present;
    if (ahead) {
      present = at_present(stored);
      if (!present) return {.done = false};
    }
    const driver::Document& guard = present ? *present : stored;
    json::Object data = data_of(client_, schema_, stored, change, DataFor::transaction).add(permissions_of(change));
    Operations operations = operations_.guarded_update(guard, std::move(data));
    for (const auto& [position, value] : change.values) {
      const double rest = parts_of(attribute(position), value).rest;
      if (rest != 0) operations.push_back(operations_.addition(stored.id, attribute(position).name, rest));
    }
    const CommitResult result = committed(stored, change, operations);
    if (result.status == CommitStatus::missing) return {};
    if (!result.committed()) {
      refusal = result.why;
      return {.done = false};
    }
    const std::optional<Timestamp> updated_at = ahead ? time : change.updated_at;
    if (change.created_at || updated_at) return {.document = dated(stored.id, change.created_at, updated_at)};
    return {.document = as_committed(stored, change, guard.revision + 1)};
  }

  /// The record in the committed version. If another writer has changed or removed it since, the record is composed of
  /// the one that was read and the change, so that the result of an increment is the caller's own. Its `updated_at` is
  /// then an estimate that the stored record never had.
  [[nodiscard]] driver::DocumentPtr as_committed(const driver::Document& stored, const driver::Change& change,
                                                 std::int64_t version) const {
    driver::DocumentPtr now = find_document(client_, routes_, schema_, stored.id);
    if (now && now->revision == version && now->sequence == stored.sequence) return now;
    driver::Document own = driver::changed(stored, change, stored.updated_at);
    own.revision = version;
    return std::make_shared<const driver::Document>(std::move(own));
  }

  /// Sets the times, or the current time of the server without any. With operators this counts as a change of the
  /// record. 1 request.
  [[nodiscard]] driver::DocumentPtr dated(const std::string& id, std::optional<Timestamp> created_at,
                                          std::optional<Timestamp> updated_at) const {
    const json::Object data = dating(created_at, updated_at);
    return document_in(client_.call(update_call(routes_, schema_.id, id, data, Idempotency::idempotent)), id);
  }

  /// Sets the current time of the server and returns the record, or null if it is no longer as it was read. 1 request.
  [[nodiscard]] driver::DocumentPtr at_present(const driver::Document& read) const {
    const Call call = update_call(routes_, schema_.id, read.id, read.updated_at, dating({}, {}));
    const driver::DocumentPtr now = document_in(client_.call(call), read.id);
    const std::int64_t version = read.revision + (client_.has(Ability::operators) ? 1 : 0);
    return now && now->revision == version ? now : nullptr;
  }

 private:
  /// The data of an update that sets the times, or the current time without any. With operators it counts as a change.
  [[nodiscard]] json::Object dating(std::optional<Timestamp> created_at, std::optional<Timestamp> updated_at) const {
    json::Object data = times_of(client_, created_at, updated_at);
    if (client_.has(Ability::operators)) {
      data.add(version_attribute, operator_that_adds(1).str());
    } else if (data.empty()) {
      data = times_of(client_, {}, std::chrono::floor<std::chrono::milliseconds>(client_.clock().wall()));
    }
    return data;
  }
  [[nodiscard]] const driver::AttributeSchema& attribute(int position) const {
    return schema_.attributes[static_cast<std::size_t>(position)];
  }

  /// The `$updatedAt` to send. None, so that the server sets its own time, unless the record's time is in the future.
  /// Waits 1 ms if necessary, so that the new time is later than the old one.
  std::optional<Timestamp> next_time(const driver::Document& stored, const driver::Change& change) const {
    using std::chrono::milliseconds;
    if (change.updated_at) return change.updated_at;
    const Timestamp here = std::chrono::floor<milliseconds>(client_.clock().wall());
    constexpr Timestamp latest =
        latest_timestamp - milliseconds{999};  // the server refuses fractions of the last second
    if (stored.updated_at > here && client_.has(Ability::keeps_times))
      return driver::next_updated_at(stored.updated_at, here, latest);
    constexpr std::chrono::hours any_wrong_clock{24};
    if (stored.updated_at + any_wrong_clock > here) client_.wait(milliseconds{1});
    return std::nullopt;
  }

  /// The one record of a bulk response, or null if no record was found or it was removed during the request.
  [[nodiscard]] driver::DocumentPtr document_in(const Answer& answer, std::string_view id) const {
    const ListAnswer list = list_answer(routes_, schema_, answer.response);
    if (list.documents.empty()) return nullptr;
    check_is_about(*list.documents.front(), id);
    return list.documents.front()->revision == removed_meanwhile ? nullptr : list.documents.front();
  }

  /// Sends an update. Appwrite 1.8.1 answers 500 to a bulk PATCH that violates a unique index, which looks like a
  /// temporary failure. So a change that touches one is sent once, and after a doubtful outcome the index is checked
  /// before it is repeated.
  [[nodiscard]] driver::DocumentPtr sent(const driver::Document& stored, const driver::Change& change,
                                         const json::Object& data) const {
    try {
      if (touches_unique_index(schema_, change)) return sent_and_checked(stored, change, data);
      return sent_once(stored.id, data, Idempotency::idempotent);
    } catch (const Error& error) {
      if (has_type(error, "document_already_exists")) check_unique(stored, change, error);
      if (has_type(error, "document_invalid_structure")) throw structure_error(stored, change, error);
      throw;
    }
  }
  /// A broken unique index is a 500 here, like a fault of the server that another attempt may mend. The record that
  /// broke the index may have other values by the time of the check: then this one is sent, and checked, again.
  [[nodiscard]] driver::DocumentPtr sent_and_checked(const driver::Document& stored, const driver::Change& change,
                                                     const json::Object& data) const {
    for (int checks = 1; checks <= max_server_failures; ++checks) {
      try {
        return sent_once(stored.id, data, Idempotency::once);
      } catch (const LostAnswer& lost) {
        wait_as_requested(client_, lost);
        check_unique(stored, change, lost);
        if (!has_type(lost, "general_unknown")) break;
        back_off(client_, checks);
      }
    }
    return sent_once(stored.id, data, Idempotency::idempotent);
  }
  [[nodiscard]] driver::DocumentPtr sent_once(std::string_view id, const json::Object& data,
                                              Idempotency idempotency) const {
    return document_in(client_.call(update_call(routes_, schema_.id, id, data, idempotency)), id);
  }

  /// An update on servers without operators (before 1.8.1), which can count the version only in a transaction. A
  /// transaction sets no times and cannot write a record that is dated in the future; such a record is dated to the
  /// present first. Times of the change are written in a second request.
  [[nodiscard]] driver::DocumentPtr counted(const driver::Document& stored, const driver::Change& change,
                                            const json::Object& data, const json::Object& times) const {
    const Operations operations = operations_.counted_update(stored.id, data);
    for (int attempt = 1;; ++attempt) {
      const CommitResult result = committed(stored, change, operations);
      if (result.status == CommitStatus::missing) return nullptr;
      if (result.committed()) break;
      check_attempts(attempt, *result.why);
      if (is_dated_ahead(client_, stored)) static_cast<void>(dated(stored.id, {}, {}));
      back_off(client_, attempt);
    }
    if (times.empty()) return find_document(client_, routes_, schema_, stored.id);
    return document_in(client_.call(update_call(routes_, schema_.id, stored.id, times, Idempotency::idempotent)),
                       stored.id);
  }

  /// An update on servers without bulk writes (before 1.7.0): PATCH of one document.
  [[nodiscard]] driver::DocumentPtr patched(const driver::Document& stored, const driver::Change& change,
                                            json::Object data) const {
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {  // the server would take missing ones from its cache
      const auto is_this = [&](const auto& one) { return one.first == static_cast<int>(i); };
      if (std::none_of(change.values.begin(), change.values.end(), is_this))
        data.add_json(schema_.attributes[i].name, rounded_json(schema_.attributes[i], stored.values[i]));
    }
    const json::Object body =
        json::Object{}.add("data", data).add("permissions", change.permissions.value_or(stored.permissions));
    try {
      const Answer answer = client_.call(patch_call(routes_, schema_.id, stored.id, body));
      driver::DocumentPtr written = document_answer(schema_, answer.response);
      check_is_about(*written, stored.id);
      return written;
    } catch (const Error& error) {
      if (has_type(error, "document_not_found")) return nullptr;
      if (has_type(error, "document_already_exists"))
        throw driver::unique_violation(
            broken_unique_index(client_, routes_, schema_, driver::with_values(stored, change)), error.context());
      if (has_type(error, "document_invalid_structure")) throw structure_error(stored, change, error);
      throw;
    }
  }

  /// Runs a transaction. Throws `already_exists` if a violated unique index explains the refusal.
  [[nodiscard]] CommitResult committed(const driver::Document& stored, const driver::Change& change,
                                       const Operations& operations) const {
    try {
      CommitResult result = ServerTransaction(client_, routes_).run(operations);
      const bool may_be_taken =
          result.why && (has_type(*result.why, "transaction_conflict") || result.why->context().http_status >= 500);
      if (may_be_taken) check_unique(stored, change, *result.why);
      return result;
    } catch (const Error& error) {
      if (has_type(error, "document_invalid_structure")) throw structure_error(stored, change, error);
      throw;
    }
  }

  /// Throws `already_exists` if the changed record violates a unique index; otherwise returns.
  void check_unique(const driver::Document& stored, const driver::Change& change, const Error& error) const {
    if (!touches_unique_index(schema_, change)) return;
    const auto index = broken_unique_index(client_, routes_, schema_, driver::with_values(stored, change));
    if (index) throw driver::unique_violation(index, error.context());
  }

  /// The error for a `document_invalid_structure`, naming the refused value. It may be a stored one: the server checks
  /// the whole record at each update.
  [[nodiscard]] Error structure_error(const driver::Document& stored, const driver::Change& change,
                                      const Error& error) const {
    const driver::Document now = driver::with_values(stored, change);
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
      try {
        driver::Value value = now.values[i];
        driver::validate(schema_.attributes[i], value);
      } catch (const Error& rule) {
        ErrorContext context = error.context();
        context.attribute = schema_.attributes[i].name;
        return Error(Errc::invalid,
                     "the stored " + rule.reason() +
                         "; the server refuses every update of the record that does not "
                         "correct this (" +
                         error.reason() + ")",
                     std::move(context));
      }
    }
    return Error(Errc::invalid,
                 error.reason() + "; if the collection was set up by an earlier version of reel, run setup() again",
                 error.context());
  }

  const Client& client_;
  const Routes& routes_;
  const driver::CollectionSchema& schema_;
  OperationMaker operations_;
};

}  // namespace reel::appwrite
