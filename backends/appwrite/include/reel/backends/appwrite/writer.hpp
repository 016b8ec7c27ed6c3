#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/record_lock.hpp>
#include <reel/backends/appwrite/record_update.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_rules.hpp>

namespace reel::appwrite {

/// Writes single records, for all server versions and both modes of `Writers`. Thread-safe; the references must outlive
/// the object.
///
/// The server's own checks do not exclude other writers: it compares `X-Appwrite-Timestamp` with a cached record, and
/// PATCH of one document writes all columns from the cache (Appwrite 1.8.1). So every change adds one to the hidden
/// attribute `reel_ver`, and a write that depends on what was read is guarded by it (version_guard.hpp):
///
///     create       POST; the database decides about id and unique indexes            1 request
///     update       without condition: bulk PATCH of the changed columns              2
///                  with a condition, or for exact numbers: guarded transaction       5
///     increment    small integer without a range: bulk PATCH with an operator        2
///                  otherwise: guarded transaction, repeated after a conflict         5
///     remove       transaction with one removal; guarded if there is a condition     3, or 4 with a read before
///
/// The numbers are for Appwrite 1.8.1 and later, with the read before and after the write.
///
/// With `Writers::one`, a lock in this process replaces the guard. It also does for records that every program writes
/// alike (`same_from_all`), on servers without transactions.
class Writer {
 public:
  /// `same_from_all`: the records are the same whichever program writes last.
  Writer(const Client& client, const Routes& routes, const driver::CollectionSchema& schema, bool same_from_all = false)
      : client_(client),
        routes_(routes),
        schema_(schema),
        update_(client, routes, schema),
        needs_no_guard_(same_from_all && !client.has(Ability::transactions)) {}

  /// Creates the record. `in_doubt`: an earlier request without a response may have created it; an existing record with
  /// exactly this content is then accepted. Throws `already_exists`, naming the unique index if one is violated.
  driver::DocumentPtr create(const driver::Document& document, bool in_doubt = false) const {
    check_possible(document.id, "record");
    if (document.created_at != driver::by_store || document.updated_at != driver::by_store)
      client_.require(Ability::keeps_times);
    if (!client_.has(Ability::sequence))  // without `$sequence` the time alone decides about the insertion order
      client_.wait(std::chrono::milliseconds{1});
    if (needs_two_steps(client_, schema_, document)) return create_in_steps(document, in_doubt);
    try {
      const Answer answer = client_.call(create_call(routes_, schema_, document, starts_at_zero(client_)));
      if (!answer.in_doubt) {
        driver::DocumentPtr made = document_answer(schema_, answer.response);
        check_is_about(*made, document.id);
        return made;
      }
      in_doubt = true;
      throw client_.error_of(answer.response);
    } catch (const Error& error) {
      if (!has_type(error, "document_already_exists")) throw;
      return taken(document, in_doubt, error);
    }
  }

  /// Updates the record and returns it, or null if it does not exist. Throws `conflict` if a condition of `wanted` does
  /// not hold.
  driver::DocumentPtr update(std::string_view id, const driver::Change& wanted) const {
    const bool conditional = wanted.if_unchanged_since || wanted.as_read;
    const bool guarded = conditional || update_.needs_guard(wanted);
    return change(id, wanted, guarded, [&](const driver::Document&) { return wanted; });
  }

  /// Adds `by` to a number and returns the record, or null if it does not exist. In one step if the attribute has no
  /// range and the server's arithmetic is exact; otherwise guarded, so that the returned sum is the caller's own. PATCH
  /// …/documents/…/…/increment is not used: it enforces no range, leaves a null as it is, and answers with a sum
  /// computed from the cache (Appwrite 1.8.1).
  driver::DocumentPtr increment(std::string_view id, int attribute, const driver::Value& by) const {
    const driver::AttributeSchema& number = schema_.attributes[static_cast<std::size_t>(attribute)];
    if (id == impossible_id) return nullptr;
    require_guard();
    if (!writes_alone() && adds_exactly(number, attribute, by)) {
      const driver::DocumentPtr stored = find_document(client_, routes_, schema_, id);
      if (!stored) return nullptr;
      const driver::Value& old = stored->values[static_cast<std::size_t>(attribute)];
      const driver::Value sum = driver::incremented(number, old, by);
      if (sum == old) return stored;
      if (is_small(sum)) return update_.add(*stored, attribute, *by.as<std::int64_t>());
    }
    return change(id, {}, true, [&](const driver::Document& stored) {
      const driver::Value& old = stored.values[static_cast<std::size_t>(attribute)];
      return driver::Change{.values = {{attribute, driver::incremented(number, old, by)}}};
    });
  }

  /// Removes the record. Returns false if it does not exist; of several concurrent removals one returns true. Throws
  /// `conflict` if the condition does not hold; only the conditions of `condition` are used.
  bool remove(std::string_view id, const driver::Change& condition) const {
    if (id == impossible_id) return false;
    require_guard();
    if (writes_alone()) return remove_alone(id, condition);
    if (condition.if_unchanged_since || condition.as_read) return remove_guarded(id, condition);
    for (int attempt = 1;; ++attempt) {
      const CommitResult result = ServerTransaction(client_, routes_).run({operations().removal(id)});
      if (result.status != CommitStatus::refused) return result.committed();
      check_attempts(attempt, *result.why);
      const driver::DocumentPtr stored = dated_ahead(id, result);
      if (!stored || !update_.dated(stored->id, {}, {})) back_off(client_, attempt);
    }
  }

  /// Whether removals are transactions, so that several can be combined in one.
  [[nodiscard]] bool removes_in_transactions() const { return !writes_alone() && client_.has(Ability::transactions); }
  /// Builds operations for such transactions.
  [[nodiscard]] OperationMaker operations() const { return {client_, routes_, schema_.id}; }

  /// Whether new records must have the version 0, because null plus one stays null there (Appwrite 1.8.0).
  static bool starts_at_zero(const Client& client) {
    return client.has(Ability::transactions) && !client.has(Ability::operators);
  }

 private:
  [[nodiscard]] bool writes_alone() const { return needs_no_guard_ || client_.config().writers == Writers::one; }

  /// Resolves a refused creation: returns the record if an earlier attempt created it, otherwise throws
  /// `already_exists` about the id or the unique index.
  [[nodiscard]] driver::DocumentPtr taken(const driver::Document& document, bool in_doubt, const Error& error) const {
    driver::DocumentPtr stored = find_document(client_, routes_, schema_, document.id);
    if (!stored)
      throw driver::unique_violation(broken_unique_index(client_, routes_, schema_, document), error.context());
    if (in_doubt && is_what_was_wanted(*stored, document)) return stored;
    throw driver::id_taken().within(error.context());
  }

  /// Creates a record with numbers in two parts, in one transaction. Times are set by a further request, because a
  /// transaction ignores them.
  [[nodiscard]] driver::DocumentPtr create_in_steps(const driver::Document& document, bool in_doubt) const {
    json::Object data;
    Operations additions;
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
      const driver::AttributeSchema& attribute = schema_.attributes[i];
      const driver::Value& value = document.values[i];
      if (is_executed(attribute, value, DataFor::transaction)) return create_and_correct(document, in_doubt);
      data.add_json(attribute.name, rounded_json(attribute, value));
      const double rest = parts_of(attribute, value).rest;
      if (rest != 0) additions.push_back(operations().addition(document.id, attribute.name, rest));
    }
    data.add("$permissions", document.permissions);
    if (starts_at_zero(client_)) data.add(version_attribute, 0);
    Operations all{operations().creation(document.id, data)};
    all.insert(all.end(), additions.begin(), additions.end());
    for (int attempt = 1;; ++attempt) {
      const CommitResult result = ServerTransaction(client_, routes_).run(all);
      if (result.committed()) break;
      if (has_type(*result.why, "transaction_conflict")) return taken(document, in_doubt, *result.why);
      if (result.status == CommitStatus::missing || attempt == 3) throw Error(*result.why);
      in_doubt = true;
    }
    const auto given = [](Timestamp time) { return time == driver::by_store ? std::nullopt : std::optional{time}; };
    if (given(document.created_at) || given(document.updated_at))
      return update_.dated(document.id, given(document.created_at), given(document.updated_at));
    return find_document(client_, routes_, schema_, document.id);
  }

  /// Creates a record that also has a string which a transaction would execute: with rounded numbers first, which an
  /// update then corrects.
  [[nodiscard]] driver::DocumentPtr create_and_correct(const driver::Document& document, bool in_doubt) const {
    driver::Document rounded = document;
    driver::Change exact;
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
      const FloatParts parts = parts_of(schema_.attributes[i], document.values[i]);
      if (parts.rest == 0) continue;
      rounded.values[i] = driver::Value{parts.rounded};
      exact.values.emplace_back(static_cast<int>(i), document.values[i]);
    }
    create(rounded, in_doubt);
    if (document.updated_at != driver::by_store) exact.updated_at = document.updated_at;
    return update(document.id, exact);
  }

  /// Throws `unsupported` if updates cannot be guarded against other programs: the server has no transactions.
  void require_guard() const {
    if (writes_alone() || client_.has(Ability::transactions)) return;
    throw Error(Errc::unsupported, "the server is Appwrite " + client_.version().str() +
                                       ", which cannot guard a write against other programs (transactions came with " +
                                       first_version_with(Ability::transactions).str() +
                                       "); if no other program writes to it, " + std::string(write_alone));
  }

  /// Whether the database adds exactly as this program does, and neither a range nor a unique index can refuse the sum.
  [[nodiscard]] bool adds_exactly(const driver::AttributeSchema& number, int position, const driver::Value& by) const {
    return client_.has(Ability::operators) && number.kind == driver::AttributeType::integer && !number.minimum &&
           !number.maximum && number.default_value.is_null() && is_small(by) &&
           !touches_unique_index(schema_, {.values = {{position, by}}});
  }
  /// Whether the number is far enough from the ends of 64 bits that additions of other writers meanwhile cannot
  /// overflow.
  static bool is_small(const driver::Value& value) {
    constexpr std::int64_t most = std::int64_t{1} << 52;
    const auto* integer = value.as<std::int64_t>();
    return integer && *integer<most&& * integer> - most;
  }

  /// Reads the record, asks for the change and writes it; starts over if another writer was faster. The lock of the
  /// record is taken first and held to the end.
  template <class MakeChange>
  driver::DocumentPtr change(std::string_view id, const driver::Change& condition, bool guarded,
                             MakeChange make_change) const {
    if (id == impossible_id) return nullptr;
    require_guard();
    std::optional<RecordLock> lock;
    if (guarded || writes_alone()) lock.emplace(client_, schema_.id, id);
    const bool known = condition.as_read && !writes_alone();
    driver::DocumentPtr stored = known ? condition.as_read : find_document(client_, routes_, schema_, id);
    bool ahead = false;
    int unexplained = 0;
    return driver::retry_conflicts([&](int attempt) -> std::optional<driver::DocumentPtr> {
      if (!stored) return nullptr;
      driver::check_same_version(*stored, condition);
      const driver::Change wanted = make_change(*stored);
      if (driver::changes_nothing(*stored, wanted)) return stored;
      if (writes_alone() && !update_.needs_guard(wanted)) return update_.alone(*stored, wanted);
      if (!writes_alone() && !guarded) return update_.at_once(*stored, wanted);
      std::optional<Error> refusal;
      const RecordUpdate::UpdateResult result = update_.guarded(*stored, wanted, ahead, refusal);
      if (result.done) return result.document;
      back_off(client_, attempt + condition.attempt - 1);
      const driver::DocumentPtr now = find_document(client_, routes_, schema_, id);
      if (refusal && now && now->revision == stored->revision) check_attempts(attempt, *refusal);
      // A PATCH by another program changes the time but not the version.
      const bool same = now && driver::is_version(*now, *stored);
      const bool unclear = same && refusal && has_type(*refusal, "transaction_conflict");
      ahead = unclear && is_dated_ahead(client_, *now);
      unexplained = unclear && !ahead ? unexplained + 1 : 0;
      if (unexplained == most_unexplained)  // in a unique index that the schema does not contain
        throw driver::unique_violation({}, refusal->context());
      stored = now;
      return std::nullopt;
    });
  }
  /// How often a transaction may be refused without a change of the record.
  static constexpr int most_unexplained = 3;

  /// Removes the record in a guarded transaction; starts over if it was refused without a change of the record.
  bool remove_guarded(std::string_view id, driver::Change condition) const {
    const RecordLock lock(client_, schema_.id, id);
    driver::DocumentPtr stored = condition.as_read;
    for (int attempt = 1;; ++attempt) {
      if (!stored) stored = find_document(client_, routes_, schema_, id);
      if (!stored) return false;
      driver::check_same_version(*stored, condition);
      const CommitResult result = ServerTransaction(client_, routes_).run(operations().guarded_removal(*stored));
      if (result.status != CommitStatus::refused) return result.committed();
      check_attempts(attempt, *result.why);
      stored = dated_ahead(id, result);
      if (stored) {
        driver::check_same_version(*stored, condition);
        condition = driver::Change{.as_read = at_present(*stored)};
        stored = condition.as_read;
      } else {
        back_off(client_, attempt);
      }
    }
  }

  /// Returns the record if a transaction was refused because the record is dated in the future, otherwise null.
  [[nodiscard]] driver::DocumentPtr dated_ahead(std::string_view id, const CommitResult& refused) const {
    if (!has_type(*refused.why, "transaction_conflict")) return nullptr;
    const driver::DocumentPtr stored = find_document(client_, routes_, schema_, id);
    return stored && is_dated_ahead(client_, *stored) ? stored : nullptr;
  }

  /// Replaces the record's date by the present and returns the record. Throws `conflict` if another writer has changed
  /// it.
  [[nodiscard]] driver::DocumentPtr at_present(const driver::Document& ahead) const {
    driver::DocumentPtr now = update_.at_present(ahead);
    if (!now) throw driver::stale();
    return now;
  }

  /// Removes the record as the only writer, under the lock of the record.
  bool remove_alone(std::string_view id, const driver::Change& condition) const {
    const RecordLock lock(client_, schema_.id, id);
    const driver::DocumentPtr stored = find_document(client_, routes_, schema_, id);
    if (!stored) return false;
    driver::check_same_version(*stored, condition);
    return remove_document(client_, remove_call(routes_, schema_.id, id));
  }

  /// Whether the stored record is the one that was to be created.
  [[nodiscard]] static bool is_what_was_wanted(const driver::Document& stored, const driver::Document& wanted) {
    return stored.values == wanted.values && driver::same_permissions(stored.permissions, wanted.permissions) &&
           (wanted.created_at == driver::by_store || wanted.created_at == stored.created_at) &&
           (wanted.updated_at == driver::by_store || wanted.updated_at == stored.updated_at);
  }

  const Client& client_;
  const Routes& routes_;
  const driver::CollectionSchema& schema_;
  RecordUpdate update_;
  bool needs_no_guard_;
};

}  // namespace reel::appwrite
