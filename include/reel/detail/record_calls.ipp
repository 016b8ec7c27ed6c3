#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/matches.hpp>
#include <reel/detail/record_calls.hpp>
#include <reel/detail/references.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/validate.hpp>

namespace reel::detail {

/// Runs `body` and adds operation, collection and id to the context of an `Error` it throws.
template <class F>
auto in_call(const char* operation, const driver::CollectionSchema& schema, std::string_view id, F&& body) {
  return driver::in_context(
      body, [&] { return ErrorContext{.operation = operation, .collection = schema.id, .id = std::string(id)}; });
}

REEL_INLINE void RecordCalls::setup() const {
  in_call("setup", schema_, {}, [&] {
    if (schema_.access) driver::check_roles(schema_.access->permissions);
    store_.ensure(schema_);
  });
}

REEL_INLINE driver::DocumentPtr RecordCalls::create(driver::Document document) const {
  const std::string id = document.id;
  return in_call("create", schema_, id, [&] {
    driver::validate(schema_, document);
    check_references(store_, schema_, document);
    return store_.create(schema_, std::move(document));
  });
}

REEL_INLINE driver::DocumentPtr RecordCalls::find(const char* operation, const std::string& id) const {
  return in_call(operation, schema_, id, [&] {
    driver::check_id(id);
    return store_.find(schema_, id);
  });
}

REEL_INLINE driver::DocumentPtr RecordCalls::get(const char* operation, const std::string& id) const {
  return in_call(operation, schema_, id, [&] {
    driver::check_id(id);
    driver::DocumentPtr stored = store_.find(schema_, id);
    if (!stored) throw driver::no_such("record", {.id = std::string(id)});
    return stored;
  });
}

REEL_INLINE std::vector<driver::DocumentPtr> RecordCalls::find_many(const std::vector<std::string_view>& ids) const {
  for (const std::string_view id : ids) in_call("find_many", schema_, id, [&] { driver::check_id(id); });
  auto results = driver::find_many(store_, schema_, ids, 1);
  std::vector<driver::DocumentPtr> found;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const std::optional<Error>& error = results[i].error) {
      const bool concerns_one = !driver::concerns_store(error->code()) && error->code() != Errc::not_found;
      in_call("find_many", schema_, concerns_one ? ids[i] : "", [&] { throw *error; });
    }
    if (results[i].found) found.push_back(std::move(results[i].found));
  }
  return found;
}

REEL_INLINE driver::DocumentPtr RecordCalls::update(const char* operation, const std::string& id,
                                                    driver::Change change) const {
  return in_call(operation, schema_, id, [&] {
    driver::check_id(id);
    driver::validate(schema_, change);
    check_references(store_, schema_, change);
    driver::DocumentPtr stored = store_.update(schema_, id, std::move(change));
    if (!stored) throw driver::no_such("record", {.id = std::string(id)});
    return stored;
  });
}

REEL_INLINE driver::DocumentPtr RecordCalls::upsert(driver::Document document, driver::Change change) const {
  return in_call("upsert", schema_, document.id, [&] {
    driver::validate(schema_, document);
    check_references(store_, schema_, document);
    driver::validate(schema_, change);
    // The update comes first: it cannot fail because of a race, and most upserts find their record.
    return driver::retry_conflicts([&](int) -> std::optional<driver::DocumentPtr> {
      if (driver::DocumentPtr stored = store_.update(schema_, document.id, change)) return stored;
      try {
        return store_.create(schema_, document);
      } catch (const Error& error) {
        // `already_exists` is the id, created by another writer meanwhile, or a unique index. Only the id is retried.
        if (error.code() != Errc::already_exists || !store_.find(schema_, document.id)) throw;
        return std::nullopt;
      }
    });
  });
}

REEL_INLINE driver::DocumentPtr RecordCalls::increment(const std::string& id, int attribute,
                                                       const driver::Value& by) const {
  return in_call("increment", schema_, id, [&] {
    driver::check_id(id);
    driver::DocumentPtr stored = driver::increment(store_, schema_, id, attribute, by);
    if (!stored) throw driver::no_such("record", {.id = std::string(id)});
    return stored;
  });
}

REEL_INLINE bool RecordCalls::remove(const std::string& id, std::optional<Timestamp> if_unchanged_since) const {
  return in_call("remove", schema_, id, [&] {
    driver::check_id(id);
    return remove_record(store_, schema_, id, if_unchanged_since);
  });
}

REEL_INLINE driver::Page<driver::DocumentPtr> RecordCalls::list(const char* operation,
                                                                const driver::QueryTree& query) const {
  return in_call(operation, schema_, {}, [&] {
    driver::validate(schema_, query);
    return driver::whole(store_.list(schema_, query));
  });
}

REEL_INLINE std::int64_t RecordCalls::count(const driver::QueryTree& query) const {
  return in_call("count", schema_, {}, [&] {
    driver::validate(schema_, query);
    return store_.count(schema_, query);
  });
}

REEL_INLINE Explanation RecordCalls::explain(const driver::QueryTree& query) const {
  return in_call("explain", schema_, {}, [&] {
    driver::validate(schema_, query);
    return store_.explain(schema_, query);
  });
}

REEL_INLINE std::int64_t RecordCalls::update_where(const driver::QueryTree& query, driver::Change change) const {
  return in_call("update_where", schema_, {}, [&] {
    // The references are checked once, not for each record.
    driver::validate(schema_, change);
    check_references(store_, schema_, change);
    driver::validate(schema_, query);
    return Matches<driver::ErasedRecords>(store_, schema_, query.where)
        .for_each([&](const driver::DocumentPtr& document) {
          change.if_unchanged_since = document->updated_at;
          change.as_read = document;
          return store_.update(schema_, document->id, change) != nullptr;
        });
  });
}

REEL_INLINE std::int64_t RecordCalls::remove_where(const driver::QueryTree& query) const {
  return in_call("remove_where", schema_, {}, [&] {
    const auto remove = [&](const driver::DocumentPtr& document) {
      return remove_record(store_, schema_, document->id, document->updated_at);
    };
    // With referrers, each removal may have consequences, which are computed record by record.
    const bool alone = !driver::abilities_of(store_).bulk || has_referrers(store_, schema_);
    driver::validate(schema_, query);
    Matches<driver::ErasedRecords> matches(store_, schema_, query.where);
    return alone ? matches.for_each(remove) : matches.remove(remove);
  });
}

REEL_INLINE BulkCall::BulkCall(driver::ErasedRecords& store, const driver::CollectionSchema& schema,
                               const char* operation, bool partial, std::size_t count)
    : store_(store),
      schema_(schema),
      operation_(operation),
      partial_(partial),
      atomic_(driver::abilities_of(store).atomic_batches && !partial) {
  results_.reserve(count);
  writes_.reserve(count);
  items_.reserve(count);
}

REEL_INLINE void BulkCall::add(driver::Write&& write) {
  results_.emplace_back();
  try {
    check(write);
  } catch (const Error& error) {
    return fail(results_.size() - 1, write.document.id, error);
  }
  writes_.push_back(std::move(write));
  items_.push_back(results_.size() - 1);
}

REEL_INLINE void BulkCall::add_failed(const Error& error, std::string_view id) {
  results_.emplace_back();
  fail(results_.size() - 1, id, error);
}

/// The store never sees an item that breaks a rule, so that an atomic batch fails only for what the store alone knows.
REEL_INLINE void BulkCall::check(driver::Write& write) const {
  if (write.kind == driver::WriteKind::create) {
    driver::validate(schema_, write.document);
    check_references(store_, schema_, write.document);
  } else {
    driver::check_id(write.document.id);
    driver::validate(schema_, write.change);
    check_references(store_, schema_, write.change);
  }
}

REEL_INLINE void BulkCall::fail(std::size_t item, std::string_view id, const Error& error) {
  Error named = error.within({.operation = operation_, .collection = schema_.id, .id = std::string(id), .item = item});
  if (!partial_) throw named;
  results_[item].error = std::move(named);
}

/// `written[i]` belongs to the item `items_[i]`; items that failed in `add` are not in it. In an atomic batch that
/// failed, only the item to blame has an error, and the others have neither error nor document.
REEL_INLINE std::vector<driver::WriteResult> BulkCall::run() {
  std::vector<std::string> ids;
  ids.reserve(writes_.size());
  for (const driver::Write& write : writes_) ids.push_back(write.document.id);
  std::vector<driver::WriteResult> written = driver::write_many(
      store_, schema_, std::move(writes_), atomic_ ? driver::Batch::atomic : driver::Batch::independent);
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i].error) {
      fail(items_[i], ids[i], *written[i].error);
    } else if (!written[i].document) {
      if (!atomic_) fail(items_[i], ids[i], driver::no_such("record", {.id = ids[i]}));
    } else {
      results_[items_[i]].document = std::move(written[i].document);
    }
  }
  return std::move(results_);
}

}  // namespace reel::detail
