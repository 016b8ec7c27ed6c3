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
#include <reel/backends/appwrite/reader.hpp>
#include <reel/backends/appwrite/server_transaction.hpp>
#include <reel/backends/appwrite/unique_conflict.hpp>
#include <reel/backends/appwrite/version_guard.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/validate.hpp>

namespace reel::appwrite {

/// Whether the server stores the value in two steps, a floating-point number of more than 14 digits. `unsupported` if
/// it has no transactions for that.
[[nodiscard]] inline bool needs_two_steps(const Client& client, const driver::AttributeSchema& attribute,
                                          const driver::Value& value) {
  if (parts_of(attribute, value).rest == 0) return false;
  if (client.has(Ability::transactions)) return true;
  throw Error(Errc::unsupported,
              "attribute '" + attribute.name + "' has a number of more than 14 significant digits, and Appwrite " +
                  client.version().str() + " keeps 14: round it, or use a server from " +
                  first_version_with(Ability::transactions).str() + " on",
              {.attribute = attribute.name});
}
[[nodiscard]] inline bool needs_two_steps(const Client& client, const driver::CollectionSchema& schema,
                                          const driver::Document& document) {
  bool needed = false;
  for (std::size_t i = 0; i < schema.attributes.size(); ++i)
    needed = needs_two_steps(client, schema.attributes[i], document.values[i]) || needed;
  return needed;
}

/// Whether the record's `updated_at` lies in the future. Until then no transaction writes it.
[[nodiscard]] inline bool is_dated_ahead(const Client& client, const driver::Document& stored) {
  return stored.updated_at > std::chrono::floor<std::chrono::milliseconds>(client.clock().wall());
}

/// Updates of one record, each by the requests that it needs:
///
///     at once    1 request   writes the columns that the change names, whatever the record is by then
///     guarded    4 requests  writes only if the record is still as it was read, then reads the answer
///     alone      1 request   as at once; on servers before 1.7 all columns
class RecordUpdate {
 public:
  RecordUpdate(const Client& client, const Routes& routes, const driver::CollectionSchema& schema)
      : client_(client), routes_(routes), schema_(schema), operations_(client, routes, schema.id) {}

  /// Whether the change was made. If it was, the record; null if there is no record.
  struct UpdateResult {
    bool done = true;
    driver::DocumentPtr document{};
  };

  /// Whether the change takes more than one step, or needs to know what it replaces. `unsupported` if that is so and
  /// the server has no transactions.
  [[nodiscard]] bool needs_guard(const driver::Change& change) const {
    return std::any_of(change.values.begin(), change.values.end(), [&](const auto& one) {
      const driver::AttributeSchema& column = attribute(one.first);
      const bool executed = client_.has(Ability::operators) && is_executed(column, one.second, DataFor::request);
      return executed || needs_two_steps(client_, column, one.second);
    });
  }

  /// All columns that the change names, also those that are stored so already: they go together.
  [[nodiscard]] driver::DocumentPtr at_once(const driver::Document& stored, const driver::Change& change) const {
    json::Object data = data_of(client_, schema_, stored, change, DataFor::request).add(permissions_of(change));
    const json::Object times = times_of(client_, change.created_at, next_time(stored, change));
    if (!client_.has(Ability::operators)) return counted(stored, change, data, times);
    return sent(stored, change, data.add(times).add(version_attribute, operator_that_adds(1).str()));
  }

  /// Adds to a number, in one step; the record in the answer may have later additions in it.
  [[nodiscard]] driver::DocumentPtr add(const driver::Document& stored, int position, std::int64_t by) const {
    const json::Object data = json::Object{}
                                  .add(version_attribute, operator_that_adds(1).str())
                                  .add(attribute(position).name, operator_that_adds(by).str())
                                  .add(times_of(client_, {}, next_time(stored, {})));
    return document_in(client_.call(update_call(routes_, schema_.id, stored.id, data, Idempotency::once)), stored.id);
  }

  /// For a program that writes alone and holds the record's lock.
  [[nodiscard]] driver::DocumentPtr alone(const driver::Document& stored, const driver::Change& change) const {
    if (client_.has(Ability::operators)) return at_once(stored, change);
    json::Object data = data_of(client_, schema_, stored, change, DataFor::request)
                            .add(times_of(client_, change.created_at, next_time(stored, change)))
                            .add(version_attribute, (stored.revision + 1) % last_version);
    if (client_.has(Ability::bulk_writes)) return sent(stored, change, data.add(permissions_of(change)));
    return patched(stored, change, std::move(data));
  }

  /// `ahead`: the server refused the same version before, because the record is dated in the future. No transaction
  /// changes such a record: the date is taken off before, and put back afterwards.
  [[nodiscard]] UpdateResult guarded(const driver::Document& stored, const driver::Change& wanted, bool ahead,
                                     std::optional<Error>& refusal) const {
    const driver::Change change = driver::difference(stored, wanted);
    const std::optional<Timestamp> time = next_time(stored, change);
    std::int64_t version = stored.revision;
    if (ahead) {
      const driver::DocumentPtr now = dated(stored.id, {}, {});
      if (!now) return {};
      version = version_when_dated(version);
      if (now->revision != version) return {.done = false};
    }
    json::Object data = data_of(client_, schema_, stored, change, DataFor::transaction).add(permissions_of(change));
    Operations operations = operations_.guarded_update(stored.id, version, std::move(data));
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
    return {.document = as_committed(stored, change, version + 1)};
  }

  /// The record of the version that was committed. If another writer has changed or removed it since, it is put
  /// together from what was read and what was written, so that a sum in the answer is the caller's own; its
  /// `updated_at` is then none that the stored record has.
  [[nodiscard]] driver::DocumentPtr as_committed(const driver::Document& stored, const driver::Change& change,
                                                 std::int64_t version) const {
    driver::DocumentPtr now = find_document(client_, routes_, schema_, stored.id);
    if (now && now->revision == version && now->sequence == stored.sequence) return now;
    driver::Document own = changed(stored, change);
    own.updated_at = stored.updated_at + std::chrono::milliseconds{1};
    own.revision = version;
    return std::make_shared<const driver::Document>(std::move(own));
  }

  /// Sets the times, the server's own if none are given, and counts that as a change where the server has operators.
  [[nodiscard]] driver::DocumentPtr dated(const std::string& id, std::optional<Timestamp> created_at,
                                          std::optional<Timestamp> updated_at) const {
    json::Object data = times_of(client_, created_at, updated_at);
    if (client_.has(Ability::operators)) {
      data.add(version_attribute, operator_that_adds(1).str());
    } else if (data.empty()) {
      data = times_of(client_, {}, std::chrono::floor<std::chrono::milliseconds>(client_.clock().wall()));
    }
    return document_in(client_.call(update_call(routes_, schema_.id, id, data, Idempotency::idempotent)), id);
  }

  /// The version that a record of this one has after `dated`.
  [[nodiscard]] std::int64_t version_when_dated(std::int64_t version) const {
    return version + (client_.has(Ability::operators) ? 1 : 0);
  }

 private:
  [[nodiscard]] const driver::AttributeSchema& attribute(int position) const {
    return schema_.attributes[static_cast<std::size_t>(position)];
  }

  /// The `$updatedAt` to ask for: the server sets its own time, unless the record's is in the future. Times have
  /// milliseconds, so that the next one has to be waited for.
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

  /// The one record of a bulk answer; null if the request found none.
  [[nodiscard]] driver::DocumentPtr document_in(const Answer& answer, std::string_view id) const {
    const ListAnswer list = list_answer(routes_, schema_, answer.response);
    if (list.documents.empty()) return nullptr;
    check_is_about(*list.documents.front(), id);
    return list.documents.front();
  }

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
    constexpr int most_checks = 5;
    for (int checks = 1; checks <= most_checks; ++checks) {
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

  /// For servers without operators, which count only in a transaction. A transaction sets no times, and does not write
  /// a record that is dated in the future: such a record is dated to the present before, and back afterwards.
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

  [[nodiscard]] driver::DocumentPtr patched(const driver::Document& stored, const driver::Change& change,
                                            json::Object data) const {
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {  // else they come from the server's cache
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
        throw driver::unique_violation(broken_unique_index(client_, routes_, schema_, changed(stored, change)),
                                       error.context());
      if (has_type(error, "document_invalid_structure")) throw structure_error(stored, change, error);
      throw;
    }
  }

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

  /// Throws `already_exists` if the record as it is to be breaks a unique index.
  void check_unique(const driver::Document& stored, const driver::Change& change, const Error& error) const {
    if (!touches_unique_index(schema_, change)) return;
    const auto index = broken_unique_index(client_, routes_, schema_, changed(stored, change));
    if (index) throw driver::unique_violation(index, error.context());
  }

  /// Names the value that the server refuses, which may be a stored one that is no longer allowed.
  [[nodiscard]] Error structure_error(const driver::Document& stored, const driver::Change& change,
                                      const Error& error) const {
    const driver::Document now = changed(stored, change);
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
