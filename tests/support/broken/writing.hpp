#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>

#include <reel/driver/change_rules.hpp>

#include "support/broken/forwarding.hpp"

/// Stores with faults in writes.
namespace broken {

using namespace reel;

struct LostUpdate : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    change.if_unchanged_since.reset();
    return below().update(schema, id, std::move(change));
  }
};

struct StaleRemove : Forwarding {
  using Forwarding::Forwarding, Forwarding::remove;
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp>) {
    return below().remove(schema, id, std::nullopt);
  }
};

struct LyingRemove : Forwarding {
  using Forwarding::Forwarding, Forwarding::remove;
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp>) {
    return below().find(schema, id) != nullptr;
  }
};

struct RemoveIsAlwaysTrue : Forwarding {
  using Forwarding::Forwarding, Forwarding::remove;
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) {
    below().remove(schema, id, time);
    return true;
  }
};

struct UpdatedAtMovesAlways : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    const driver::DocumentPtr old = below().find(schema, id);
    if (old && !change.updated_at) change.updated_at = std::max(now(), old->updated_at + std::chrono::milliseconds{1});
    return below().update(schema, id, std::move(change));
  }
};

/// Keeps the latest possible time, so that a stale write succeeds.
struct EndOfTimeStands : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    const driver::DocumentPtr old = below().find(schema, id);
    if (old && !change.updated_at && old->updated_at == latest_timestamp) change.updated_at = latest_timestamp;
    return below().update(schema, id, std::move(change));
  }
};

/// Keeps the latest possible time for the id of a removed record.
struct EndOfTimeStays : Forwarding {
  using Forwarding::Forwarding, Forwarding::remove;
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) {
    const driver::DocumentPtr old = below().find(schema, id);
    if (old && old->updated_at == latest_timestamp) return false;
    return below().remove(schema, id, time);
  }
};

struct UpdatedAtStands : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    const driver::DocumentPtr old = below().find(schema, id);
    if (old && !change.updated_at) change.updated_at = old->updated_at;
    return below().update(schema, id, std::move(change));
  }
};

struct CreatedAtMoves : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    const driver::DocumentPtr old = below().find(schema, id);
    if (old && !change.created_at) change.created_at = old->created_at + std::chrono::milliseconds{1};
    return below().update(schema, id, std::move(change));
  }
};

struct ForgetsGivenTimes : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    document.created_at = document.updated_at = driver::by_store;
    return below().create(schema, std::move(document));
  }
};

struct MindsTheOrderOfPermissions : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    const driver::DocumentPtr stored = below().find(schema, id);
    if (stored && change.permissions && *change.permissions != stored->permissions && !change.updated_at)
      change.updated_at = driver::next_updated_at(stored->updated_at, now());
    return below().update(schema, id, std::move(change));
  }
};

struct ForgetsPermissions : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    document.permissions.clear();
    return below().create(schema, std::move(document));
  }
};

/// Sets the attributes that a patch does not contain to null.
struct PatchReplaces : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
      const auto place = static_cast<int>(i);
      const bool named =
          std::any_of(change.values.begin(), change.values.end(), [&](const auto& one) { return one.first == place; });
      if (!named && !schema.attributes[i].required && !schema.attributes[i].list)
        change.values.emplace_back(place, driver::Value{});
    }
    return below().update(schema, id, std::move(change));
  }
};

struct CreateOverwrites : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    below().remove(schema, document.id, std::nullopt);
    return below().create(schema, std::move(document));
  }
};

/// Checks for an existing record and then writes, so that of two concurrent creates both succeed.
class CreateLooksFirst : public Forwarding {
 public:
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    if (!document.id.starts_with("race") || below().find(schema, document.id))
      return below().create(schema, std::move(document));
    {  // long enough for the other threads to check as well
      std::unique_lock lock(mutex_);
      if (++looking_ % 4 == 0) all_looked_.notify_all();
      const int round = (looking_ + 3) / 4;
      all_looked_.wait_for(lock, std::chrono::milliseconds{200}, [&] { return looking_ >= round * 4; });
    }
    try {
      return below().create(schema, document);
    } catch (const Error&) {
      driver::Change change;
      for (std::size_t i = 0; i < document.values.size(); ++i)
        change.values.emplace_back(static_cast<int>(i), document.values[i]);
      return below().update(schema, document.id, std::move(change));
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_looked_;
  int looking_ = 0;
};

struct CutsText : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (driver::Value& value : document.values) {
      if (auto* text = value.as<std::string>(); text && text->size() > 65'535) text->resize(65'535);
    }
    return below().create(schema, std::move(document));
  }
};

struct EndsTextAtNul : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (driver::Value& value : document.values) {
      if (auto* text = value.as<std::string>()) *text = text->c_str();
    }
    return below().create(schema, std::move(document));
  }
};

/// Converts integers to doubles, as JavaScript does.
struct NumbersAreDoubles : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (driver::Value& value : document.values) {
      const auto* number = value.as<std::int64_t>();
      if (number && *number > -(1LL << 62) && *number < (1LL << 62))
        value = driver::Value{static_cast<std::int64_t>(static_cast<double>(*number))};
    }
    return below().create(schema, std::move(document));
  }
};

struct NullIsEmpty : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (std::size_t i = 0; i < document.values.size(); ++i) {
      if (document.values[i].is_null() && schema.attributes[i].kind == driver::AttributeType::text)
        document.values[i] = driver::Value{""};
    }
    return below().create(schema, std::move(document));
  }
};

struct ListsAreSets : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (driver::Value& value : document.values) {
      auto* list = value.as<driver::List>();
      if (list) list->erase(std::unique(list->begin(), list->end()), list->end());
      for (std::size_t i = 0; list && i < list->size(); ++i)
        list->erase(
            std::remove(list->begin() + static_cast<std::ptrdiff_t>(i) + 1, list->end(), driver::Value{(*list)[i]}),
            list->end());
    }
    return below().create(schema, std::move(document));
  }
};

struct SecondsOnly : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (driver::Value& value : document.values) {
      if (auto* moment = value.as<Timestamp>()) *moment = std::chrono::floor<std::chrono::seconds>(*moment);
    }
    return below().create(schema, std::move(document));
  }
};

struct UniqueIgnored : Forwarding {
  using Forwarding::Forwarding, Forwarding::ensure;
  void ensure(const driver::CollectionSchema& schema) {
    driver::CollectionSchema loose = schema;
    for (driver::IndexSchema& index : loose.indexes) {
      if (index.kind == driver::IndexKind::unique) index.kind = driver::IndexKind::key;
    }
    below().ensure(loose);
  }
};

/// Checks unique values on creation only.
struct UniqueOnCreateOnly : UniqueIgnored {
  using UniqueIgnored::UniqueIgnored;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (const driver::IndexSchema& index : schema.indexes) {
      if (index.kind != driver::IndexKind::unique) continue;
      driver::QueryTree same;
      bool null = false;
      for (const driver::IndexPart& part : index.parts) {
        const driver::Value& value = document.values[static_cast<std::size_t>(part.attribute)];
        null = null || value.is_null();
        same.where.push_back({.op = driver::Operator::equal, .attribute = part.attribute, .values = {value}});
      }
      if (!null && below().count(schema, same) > 0) throw Error(Errc::already_exists, "taken", {.index = index.name});
    }
    return below().create(schema, std::move(document));
  }
};

/// Treats nulls in a unique index as equal.
struct NullsAreUnique : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    for (const driver::IndexSchema& index : schema.indexes) {
      const int place = index.parts.front().attribute;
      const bool null = document.values[static_cast<std::size_t>(place)].is_null();
      const driver::QueryTree nulls{.where = {{.op = driver::Operator::is_null, .attribute = place}}};
      if (index.kind == driver::IndexKind::unique && null && below().count(schema, nulls) > 0)
        throw Error(Errc::already_exists, "a null exists", {.index = index.name});
    }
    return below().create(schema, std::move(document));
  }
};

struct IncrementWithoutRange : Forwarding {
  using Forwarding::Forwarding, Forwarding::ensure;
  void ensure(const driver::CollectionSchema& schema) { below().ensure(without_ranges(schema)); }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) {
    return below().increment(without_ranges(schema), id, attribute, std::move(by));
  }
  static driver::CollectionSchema without_ranges(driver::CollectionSchema schema) {
    for (driver::AttributeSchema& one : schema.attributes) one.minimum = one.maximum = std::nullopt;
    return schema;
  }
};

struct IncrementsToTheSmallest : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) {
    const driver::DocumentPtr old = below().find(schema, id);
    const auto* start = old ? old->values[static_cast<std::size_t>(attribute)].as<std::int64_t>() : nullptr;
    const auto* step = by.as<std::int64_t>();
    if (start && step && *start < 0 && *step == INT64_MIN - *start)
      return below().update(schema, id, driver::Change{.values = {{attribute, driver::Value{INT64_MIN}}}});
    return below().increment(schema, id, attribute, std::move(by));
  }
};

struct IncrementKeepsNull : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) {
    const driver::DocumentPtr old = below().find(schema, id);
    if (!old || !old->values[static_cast<std::size_t>(attribute)].is_null())
      return below().increment(schema, id, attribute, std::move(by));
    auto answer = std::make_shared<driver::Document>(*old);
    answer->values[static_cast<std::size_t>(attribute)] = std::move(by);
    return answer;
  }
};

/// Returns the record before the update.
struct AnswersWithTheOld : Forwarding {
  using Forwarding::Forwarding, Forwarding::update;
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    driver::DocumentPtr old = below().find(schema, id);
    below().update(schema, id, std::move(change));
    return old;
  }
};

struct OtherCodes : Forwarding {
  using Forwarding::Forwarding;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    try {
      return below().create(schema, std::move(document));
    } catch (const Error& error) {
      if (error.code() != Errc::already_exists) throw;
      throw Error(Errc::conflict, error.reason(), error.context());
    }
  }
};

struct ReferrersUnknown : Forwarding {
  using Forwarding::Forwarding;
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view) { return {}; }
};

/// Empties a collection when its schema changes.
class SchemaChangeEmpties : public Forwarding {
 public:
  using Forwarding::Forwarding, Forwarding::ensure;
  void ensure(const driver::CollectionSchema& schema) {
    const std::scoped_lock lock(mutex_);
    const auto attributes = attributes_.find(schema.id);
    if (attributes != attributes_.end() && attributes->second < schema.attributes.size()) {
      for (const driver::DocumentPtr& document : below().list(schema, {.limit = 100'000}).items)
        below().remove(schema, document->id, std::nullopt);
    }
    below().ensure(schema);
    attributes_[schema.id] = schema.attributes.size();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::size_t> attributes_;
};

}  // namespace broken
