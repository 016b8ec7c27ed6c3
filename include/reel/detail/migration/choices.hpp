#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/watch_token.ipp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/driver/validate.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/md5.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/set.hpp>
#include <reel/text/ascii.hpp>

namespace reel::detail {

/// The options of a migration for each collection and bucket of its set, checked, with their names in the target.
class MigrationChoices {
 public:
  /// Copies what it needs. Throws `invalid` for options that contradict each other or the set, and `unsupported` for
  /// `rename` in a collection with references to itself.
  MigrationChoices(const MigrationSet& set, const MigrationOptions& options)
      : on_conflict_(options.on_conflict),
        changed_since_(options.changed_since),
        changed_within_(options.changed_within) {
    if (changed_within_ && (changed_since_ || changed_within_->count() < 0))
      throw Error(Errc::invalid, "changed_within is a length of time, and not for use with changed_since");
    for (const KindOptions& one : options.kinds) {
      check(one, set);
      if (!by_kind_.emplace(one.kind.str(), Choice{.options = one}).second)
        throw Error(Errc::invalid, "the options name " + one.kind.str() + " twice");
    }
    for (const driver::CollectionSchema* schema : set.collections) {
      if (!is_left_out({.id = schema->id})) set_.collections.push_back(schema);
    }
    for (const Bucket& bucket : set.buckets) {
      if (!is_left_out({.id = bucket.id, .bucket = true})) set_.buckets.push_back(bucket);
    }
    for (const driver::CollectionSchema* schema : set.collections) map(*schema);
    for (const Bucket& bucket : set.buckets) map(bucket);
    check_targets();
  }

  /// Counts `MigrationOptions::changed_within` back from a time, and further to `latest`, if that is earlier.
  void count_from(Timestamp begun, const std::optional<Timestamp>& latest = std::nullopt) {
    if (!changed_within_) return;
    const Timestamp since = std::max(begun - *changed_within_, earliest_timestamp);
    changed_since_ = std::min(since, latest.value_or(since));
  }

  /// The collections and buckets to copy.
  [[nodiscard]] const MigrationSet& set() const { return set_; }
  /// The treatment of conflicts.
  [[nodiscard]] OnConflict on_conflict(const MigrationKind& kind) const {
    const Choice* const found = find(kind);
    return found && found->options.on_conflict ? *found->options.on_conflict : on_conflict_;
  }
  /// The conditions of all that is copied.
  [[nodiscard]] std::vector<driver::Condition> where(const MigrationKind& kind) const {
    const Choice* const found = find(kind);
    std::vector<driver::Condition> all = found ? found->options.where : std::vector<driver::Condition>();
    if (changed_since_)
      all.push_back({.op = driver::Operator::greater_equal,
                     .attribute = driver::position::updated_at,
                     .values = {driver::Value{*changed_since_}}});
    return all;
  }
  /// `KindOptions::transform`; null: none.
  [[nodiscard]] const std::function<bool(driver::Document&)>* transform(const MigrationKind& kind) const {
    const Choice* const found = find(kind);
    return found && found->options.transform ? &found->options.transform : nullptr;
  }
  /// The collection in the target. Its attributes have the same positions.
  [[nodiscard]] const driver::CollectionSchema& in_target(const driver::CollectionSchema& schema) const {
    const Choice* const found = find({.id = schema.id});
    return found && found->schema ? *found->schema : schema;
  }
  /// The bucket in the target.
  [[nodiscard]] const Bucket& in_target(const Bucket& bucket) const {
    const Choice* const found = find({.id = bucket.id, .bucket = true});
    return found && found->bucket ? *found->bucket : bucket;
  }

  /// The treatments of conflicts, for a journal: `fail, skip for collection tracks`.
  [[nodiscard]] std::string conflicts() const {
    std::string text(to_string(on_conflict_));
    for (const auto& [kind, choice] : by_kind_) {
      if (choice.options.on_conflict)
        text += ", " + std::string(to_string(*choice.options.on_conflict)) + " for " + kind;
    }
    return text;
  }
  /// A digest of filters, names in the target and functions, for a journal; empty without any.
  [[nodiscard]] std::string digest() const {
    std::string all;
    if (changed_within_) {
      all += "within " + std::to_string(changed_within_->count()) + '\n';
    } else if (changed_since_) {
      all += "since " + std::to_string(changed_since_->time_since_epoch().count()) + '\n';
    }
    for (const auto& [kind, choice] : by_kind_) {
      const KindOptions& options = choice.options;
      std::string text;
      for (const driver::Condition& condition : options.where) append_condition(text, *choice.attributes, condition);
      if (!options.target_id.empty()) text += "\nto " + options.target_id;
      for (const auto& [from, to] : options.attributes) text += "\nattribute " + from + ' ' + to;
      if (options.transform) text += "\nfunction " + options.transform_name;
      if (!text.empty()) all += kind + '\n' + text + '\n';
    }
    if (all.empty()) return {};
    Md5 digest;
    digest.update(all);
    return digest.finish();
  }

 private:
  struct Choice {
    KindOptions options{};
    const driver::CollectionSchema* attributes = nullptr;  ///< those of `KindOptions::where`
    std::optional<driver::CollectionSchema> schema{};      ///< in the target, if it differs
    std::optional<Bucket> bucket{};                        ///< likewise
  };

  [[nodiscard]] const Choice* find(const MigrationKind& kind) const {
    const auto found = by_kind_.find(kind.str());
    return found == by_kind_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] bool is_left_out(const MigrationKind& kind) const {
    const Choice* const found = find(kind);
    return found && found->options.leave_out;
  }

  /// Throws `invalid` for options that are wrong without regard to those of other kinds.
  static void check(const KindOptions& options, const MigrationSet& set) {
    const MigrationKind& kind = options.kind;
    const auto is_it = [&](const auto& one) { return one.id == kind.id; };
    const bool is_known = kind.bucket ? std::any_of(set.buckets.begin(), set.buckets.end(), is_it)
                                      : std::any_of(set.collections.begin(), set.collections.end(),
                                                    [&](auto* one) { return is_it(*one); });
    if (!is_known) throw Error(Errc::invalid, "the options name " + kind.str() + ", which is not in the set");
    if (!options.target_id.empty()) driver::check_id(options.target_id, "the new name of " + kind.str());
    if (kind.bucket && (!options.attributes.empty() || options.transform))
      throw Error(Errc::invalid, kind.str() + " has no attributes to rename and no records to change");
    if (options.transform && options.transform_name.empty())
      throw Error(Errc::invalid, "the function for " + kind.str() + " has no name; set transform_name");
  }

  /// Sets the name of a collection, of its attributes and of the collections that it refers to, in the target.
  void map(const driver::CollectionSchema& schema) {
    check_rename(schema);
    driver::CollectionSchema mapped = schema;
    const Choice* const found = find({.id = schema.id});
    const KindOptions options = found ? found->options : KindOptions{};
    for (const driver::Condition& condition : options.where) driver::validate(schema, condition);
    bool differs = !options.target_id.empty();
    if (differs) mapped.id = options.target_id;
    for (const auto& [from, to] : options.attributes) {
      const std::optional<int> position = schema.position(from);
      if (!position || to.empty())
        throw Error(Errc::invalid,
                    "the collection '" + schema.id + "' has no attribute '" + from + "' to rename to '" + to + "'");
      mapped.attributes[static_cast<std::size_t>(*position)].name = to;
      differs = true;
    }
    for (std::size_t i = 0; i < mapped.attributes.size(); ++i) {
      driver::AttributeSchema& attribute = mapped.attributes[i];
      if (*mapped.position(attribute.name) != static_cast<int>(i))
        throw Error(Errc::invalid, "two attributes of '" + schema.id + "' get the name '" + attribute.name + "'");
      const Choice* const referenced = find({.id = attribute.references});
      if (!referenced || referenced->options.target_id.empty()) continue;
      attribute.references = referenced->options.target_id;
      differs = true;
    }
    if (!found && !differs) return;
    Choice& choice = by_kind_.try_emplace(MigrationKind{.id = schema.id}.str()).first->second;
    choice.attributes = &schema;
    if (differs) choice.schema = std::move(mapped);
  }
  void map(const Bucket& bucket) {
    const auto found = by_kind_.find(MigrationKind{.id = bucket.id, .bucket = true}.str());
    if (found == by_kind_.end()) return;
    Choice& choice = found->second;
    choice.attributes = &schema_of<BlobInfo>();
    for (const driver::Condition& condition : choice.options.where) driver::validate(*choice.attributes, condition);
    if (choice.options.target_id.empty()) return;
    choice.bucket = bucket;
    choice.bucket->id = choice.options.target_id;
  }
  /// References within a collection may be to records that come later, whose new ids are not known yet.
  void check_rename(const driver::CollectionSchema& schema) const {
    if (on_conflict({.id = schema.id}) != OnConflict::rename || is_left_out({.id = schema.id})) return;
    for (const driver::AttributeSchema& attribute : schema.attributes) {
      if (attribute.references == schema.id)
        throw Error(Errc::unsupported, "the collection '" + schema.id +
                                           "' refers to itself, so its records cannot be renamed; choose another "
                                           "treatment of its conflicts");
    }
  }
  /// Throws `invalid` if two collections, or two buckets, get the same name.
  void check_targets() const {
    std::vector<std::string> names;
    for (const driver::CollectionSchema* schema : set_.collections)
      names.push_back(MigrationKind{.id = text::lower_ascii(in_target(*schema).id)}.str());
    for (const Bucket& bucket : set_.buckets)
      names.push_back(MigrationKind{.id = text::lower_ascii(in_target(bucket).id), .bucket = true}.str());
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) throw Error(Errc::invalid, "two of the set would be " + *twice + " in the target");
  }

  OnConflict on_conflict_;
  std::optional<Timestamp> changed_since_;
  std::optional<std::chrono::milliseconds> changed_within_;
  MigrationSet set_;
  std::map<std::string, Choice> by_kind_;  ///< by `MigrationKind::str`
};

}  // namespace reel::detail
