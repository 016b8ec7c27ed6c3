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

  void ensure(const reel::driver::CollectionSchema& schema) {
    const std::lock_guard lock(mutex_);
    const auto known = collections_.find(schema.id);
    Collection made{schema, {}, 1};
    if (known != collections_.end()) {
      const Collection& old = known->second;
      reel::local::check_evolution(old.schema, schema, !old.documents.empty());
      made.next_sequence = old.next_sequence;
      for (const reel::driver::DocumentPtr& document : old.documents) {
        reel::driver::Document reshaped = reel::local::reshaped(*document, old.schema, schema);
        if (const auto index = violated(made, reshaped))
          throw reel::driver::cannot_make_unique(schema.id, *index, reshaped.id);
        made.documents.push_back(std::make_shared<const reel::driver::Document>(std::move(reshaped)));
      }
    }
    collections_.insert_or_assign(schema.id, std::move(made));
  }

  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    const std::lock_guard lock(mutex_);
    Collection& collection = opened(schema);
    if (place(collection, document.id) != collection.documents.end()) throw reel::driver::id_taken();
    reel::driver::set_times(document, reel::now(), last_removed_);
    if (const auto index = violated(collection, document)) throw reel::driver::unique_violation(index);
    document.sequence = collection.next_sequence++;
    return collection.documents.emplace_back(std::make_shared<const reel::driver::Document>(std::move(document)));
  }

  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) {
    const std::lock_guard lock(mutex_);
    Collection& collection = opened(schema);
    const auto found = place(collection, id);
    return found == collection.documents.end() ? nullptr : *found;
  }

  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   const reel::driver::Change& change) {
    const std::lock_guard lock(mutex_);
    Collection& collection = opened(schema);
    const auto found = place(collection, id);
    if (found == collection.documents.end()) return nullptr;
    reel::driver::check_unchanged(**found, change.if_unchanged_since);
    if (reel::driver::changes_nothing(**found, change)) return *found;
    reel::driver::Document after = reel::driver::changed(**found, change, reel::now());
    if (const auto index = violated(collection, after)) throw reel::driver::unique_violation(index);
    return *found = std::make_shared<const reel::driver::Document>(std::move(after));
  }

  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id,
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

  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) {
    const std::lock_guard lock(mutex_);
    const reel::local::KeyEncoder encoder(schema, text_);
    using Place = std::pair<std::string, std::int64_t>;  // the order values as bytes, then the sequence
    std::map<Place, reel::driver::DocumentPtr> sorted;
    for (const reel::driver::DocumentPtr& document : matches(opened(schema), query.where)) {
      Place here{{}, document->sequence};
      for (const reel::driver::OrderBy& by : query.order) encoder.append(here.first, *document, by);
      sorted.emplace(std::move(here), document);
    }
    Place behind{{}, 0};
    if (query.after) {
      behind.second = query.after->sequence;
      for (std::size_t i = 0; i < query.order.size(); ++i)
        encoder.append(behind.first, query.order[i].attribute, query.after->values[i], query.order[i].descending);
    }
    reel::driver::Page<reel::driver::DocumentPtr> page;
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

  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(matches(opened(schema), query.where).size());
  }

  /// An optional ability: whoever refers to a collection follows its removals.
  std::vector<std::shared_ptr<const reel::driver::CollectionSchema>> referrers(std::string_view collection) {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const reel::driver::CollectionSchema>> found;
    for (const auto& [id, other] : collections_) {
      if (reel::local::refers_to(other.schema, collection))
        found.push_back(std::make_shared<const reel::driver::CollectionSchema>(other.schema));
    }
    return found;
  }

 private:
  struct Collection {
    reel::driver::CollectionSchema schema;
    std::vector<reel::driver::DocumentPtr> documents;  // in order of insertion
    std::int64_t next_sequence = 1;
  };

  Collection& opened(const reel::driver::CollectionSchema& schema) {
    const auto found = collections_.find(schema.id);
    if (found == collections_.end()) throw reel::local::not_set_up("collection", schema.id);
    return found->second;
  }

  static std::vector<reel::driver::DocumentPtr>::iterator place(Collection& collection, std::string_view id) {
    return std::find_if(collection.documents.begin(), collection.documents.end(),
                        [id](const reel::driver::DocumentPtr& document) { return reel::same_id(document->id, id); });
  }

  std::vector<reel::driver::DocumentPtr> matches(const Collection& collection,
                                                 const std::vector<reel::driver::Condition>& conditions) const {
    std::vector<reel::driver::DocumentPtr> found = collection.documents;
    for (const reel::driver::Condition& condition : conditions) {
      const reel::local::Matcher matcher(collection.schema, condition, text_);
      std::erase_if(found, [&](const reel::driver::DocumentPtr& document) { return !matcher.matches(*document); });
    }
    return found;
  }

  /// The unique index in which another record has the values of this one, if there is such an index.
  std::optional<std::string> violated(const Collection& collection, const reel::driver::Document& wanted) const {
    for (const reel::driver::IndexSchema& index : collection.schema.indexes) {
      if (index.kind != reel::driver::IndexKind::unique || reel::driver::is_exempt(index, wanted)) continue;
      std::vector<reel::driver::Condition> same{{.op = reel::driver::Operator::not_equal,
                                                 .attribute = reel::driver::position::id,
                                                 .values = {reel::driver::Value{wanted.id}}}};
      for (const reel::driver::IndexPart& part : index.parts)
        same.push_back({.op = reel::driver::Operator::equal,
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
