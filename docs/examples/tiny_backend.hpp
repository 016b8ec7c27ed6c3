#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/local/key.hpp>
#include <reel/local/matcher.hpp>
#include <reel/local/store_rules.hpp>
#include <reel/text_rules.hpp>

/// A complete store of records, as small as can be: all of them in memory, every question a scan, one lock.
class TinyBackend {
 public:
  explicit TinyBackend(reel::TextRules text = reel::TextRules::folded) : text_(text) {}

  void ensure(const reel::CollectionSchema& schema) {
    const std::lock_guard lock(mutex_);
    const auto known = collections_.find(schema.id);
    Collection made{schema, {}, 1};
    if (known != collections_.end()) {
      const Collection& old = known->second;
      reel::engine::check_evolution(old.schema, schema, !old.documents.empty());
      made.next_sequence = old.next_sequence;
      for (const reel::DocumentPtr& document : old.documents) {
        reel::Document reshaped = reel::engine::reshaped(*document, old.schema, schema);
        if (const auto index = violated(made, reshaped))
          throw reel::driver::cannot_make_unique(schema.id, *index, reshaped.id);
        made.documents.push_back(std::make_shared<const reel::Document>(std::move(reshaped)));
      }
    }
    collections_.insert_or_assign(schema.id, std::move(made));
  }

  reel::DocumentPtr create(const reel::CollectionSchema& schema, reel::Document document) {
    const std::lock_guard lock(mutex_);
    Collection& collection = opened(schema);
    if (place(collection, document.id) != collection.documents.end()) throw reel::driver::id_taken();
    reel::driver::set_times(document, reel::now(), last_removed_);
    if (const auto index = violated(collection, document)) throw reel::driver::unique_violation(index);
    document.sequence = collection.next_sequence++;
    return collection.documents.emplace_back(std::make_shared<const reel::Document>(std::move(document)));
  }

  reel::DocumentPtr find(const reel::CollectionSchema& schema, std::string_view id) {
    const std::lock_guard lock(mutex_);
    Collection& collection = opened(schema);
    const auto found = place(collection, id);
    return found == collection.documents.end() ? nullptr : *found;
  }

  reel::DocumentPtr update(const reel::CollectionSchema& schema, std::string_view id, const reel::Change& change) {
    const std::lock_guard lock(mutex_);
    Collection& collection = opened(schema);
    const auto found = place(collection, id);
    if (found == collection.documents.end()) return nullptr;
    reel::driver::check_unchanged(**found, change.if_unchanged_since);
    if (reel::driver::changes_nothing(**found, change)) return *found;
    reel::Document after = reel::driver::changed(**found, change, reel::now());
    if (const auto index = violated(collection, after)) throw reel::driver::unique_violation(index);
    return *found = std::make_shared<const reel::Document>(std::move(after));
  }

  bool remove(const reel::CollectionSchema& schema, std::string_view id,
              std::optional<reel::Timestamp> if_unchanged_since) {
    const std::lock_guard lock(mutex_);
    Collection& collection = opened(schema);
    const auto found = place(collection, id);
    if (found == collection.documents.end()) return false;
    reel::driver::check_unchanged(**found, if_unchanged_since);
    const reel::Timestamp removed = (*found)->updated_at;
    if (removed < reel::latest_timestamp) last_removed_ = std::max(last_removed_, removed);
    collection.documents.erase(found);
    return true;
  }

  reel::driver::Page<reel::DocumentPtr> list(const reel::CollectionSchema& schema, const reel::QueryTree& query) {
    const std::lock_guard lock(mutex_);
    const reel::engine::KeyEncoder encoder(schema, text_);
    using Place = std::pair<std::string, std::int64_t>;  // the order values as bytes, then the sequence
    std::map<Place, reel::DocumentPtr> sorted;
    for (const reel::DocumentPtr& document : matches(opened(schema), query.where)) {
      Place here{{}, document->sequence};
      for (const reel::OrderBy& by : query.order) encoder.append(here.first, *document, by);
      sorted.emplace(std::move(here), document);
    }
    Place behind{{}, 0};
    if (query.after) {
      behind.second = query.after->sequence;
      for (std::size_t i = 0; i < query.order.size(); ++i)
        encoder.append(behind.first, query.order[i].attribute, query.after->values[i], query.order[i].descending);
    }
    reel::driver::Page<reel::DocumentPtr> page;
    for (auto at = sorted.upper_bound(behind); at != sorted.end() && !page.next; ++at) {
      if (static_cast<std::int64_t>(page.items.size()) < query.limit) {
        page.items.push_back(at->second);
      } else {
        page.next = reel::driver::cursor_behind(page.items.back(), query.order);
      }
    }
    if (query.with_total) page.total = static_cast<std::int64_t>(sorted.size());
    return page;
  }

  std::int64_t count(const reel::CollectionSchema& schema, const reel::QueryTree& query) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(matches(opened(schema), query.where).size());
  }

  /// An optional ability: whoever refers to a collection follows its removals.
  std::vector<std::shared_ptr<const reel::CollectionSchema>> referrers(std::string_view collection) {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const reel::CollectionSchema>> found;
    for (const auto& [id, other] : collections_) {
      if (reel::engine::refers_to(other.schema, collection))
        found.push_back(std::make_shared<const reel::CollectionSchema>(other.schema));
    }
    return found;
  }

 private:
  struct Collection {
    reel::CollectionSchema schema;
    std::vector<reel::DocumentPtr> documents;  // in order of insertion
    std::int64_t next_sequence = 1;
  };

  Collection& opened(const reel::CollectionSchema& schema) {
    const auto found = collections_.find(schema.id);
    if (found == collections_.end()) throw reel::engine::not_set_up("collection", schema.id);
    return found->second;
  }

  static std::vector<reel::DocumentPtr>::iterator place(Collection& collection, std::string_view id) {
    return std::find_if(collection.documents.begin(), collection.documents.end(),
                        [id](const reel::DocumentPtr& document) { return reel::same_id(document->id, id); });
  }

  std::vector<reel::DocumentPtr> matches(const Collection& collection,
                                         const std::vector<reel::Condition>& conditions) const {
    std::vector<reel::DocumentPtr> found = collection.documents;
    for (const reel::Condition& condition : conditions) {
      const reel::engine::Matcher matcher(collection.schema, condition, text_);
      std::erase_if(found, [&](const reel::DocumentPtr& document) { return !matcher.matches(*document); });
    }
    return found;
  }

  /// The unique index in which another record has the values of this one, if there is such an index.
  std::optional<std::string> violated(const Collection& collection, const reel::Document& wanted) const {
    for (const reel::IndexSchema& index : collection.schema.indexes) {
      if (index.kind != reel::IndexKind::unique || reel::driver::is_exempt(index, wanted)) continue;
      std::vector<reel::Condition> same{
          {.op = reel::Operator::not_equal, .attribute = reel::position::id, .values = {reel::Value{wanted.id}}}};
      for (const reel::IndexPart& part : index.parts)
        same.push_back({.op = reel::Operator::equal,
                        .attribute = part.attribute,
                        .values = {wanted.values[static_cast<std::size_t>(part.attribute)]}});
      if (!matches(collection, same).empty()) return index.name;
    }
    return std::nullopt;
  }

  reel::TextRules text_;
  std::mutex mutex_;
  std::map<std::string, Collection> collections_;
  reel::Timestamp last_removed_{};
};

static_assert(reel::check_backend<TinyBackend>());
