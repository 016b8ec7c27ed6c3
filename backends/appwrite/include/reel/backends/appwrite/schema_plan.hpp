#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/schema_limits.hpp>
#include <reel/backends/appwrite/server_schema.hpp>
#include <reel/driver/schema_change.hpp>

namespace reel::appwrite {

/// The attributes and indexes that a collection has on the server.
struct ServerCollection {
  std::vector<ServerAttribute> attributes{};
  std::vector<ServerIndex> indexes{};
};

/// The steps that make a collection on the server match a schema, or the reasons why that is not possible.
struct SchemaPlan {
  std::vector<ServerAttribute> new_attributes{};
  std::vector<ServerAttribute> changed_attributes{};  ///< in their new form
  /// The `changed_attributes` that get a default for the first time. Rows without a value receive it before the change.
  std::vector<ServerAttribute> first_defaults{};
  std::vector<std::string> unwanted_indexes{};  ///< failed, or of a wanted name but with another definition
  std::vector<ServerIndex> new_indexes{};
  /// Columns that failed because the collection's table was not ready. They are removed and created again.
  std::vector<std::string> broken_attributes{};
  std::vector<std::string> foreign_columns{};  ///< only the server has them; they remain unchanged
  std::vector<ServerAttribute> columns{};      ///< all columns of the collection after the plan
  /// Differences that prevent the plan: values would be lost, or records could not be read.
  std::vector<std::string> conflicts{};
  std::vector<std::string> conflicts_with_records{};  ///< differences that matter only if there are records
};

/// Whether a bound of the stored range excludes values that the schema allows. A null bound is the limit of the type.
[[nodiscard]] inline bool is_narrower(const Json& stored, const Json& wanted, bool lower, const std::string& kind) {
  if (stored.is_null()) return false;
  if (kind == "integer") {
    using Integer = std::numeric_limits<std::int64_t>;
    const auto of_server = stored.get<std::int64_t>();
    const auto of_schema = wanted.is_null() ? (lower ? Integer::min() : Integer::max()) : wanted.get<std::int64_t>();
    return lower ? of_server > of_schema : of_server < of_schema;
  }
  using Floating = std::numeric_limits<double>;
  const auto of_server = stored.get<double>();
  const auto of_schema = wanted.is_null() ? (lower ? Floating::lowest() : Floating::max()) : wanted.get<double>();
  return lower ? of_server > of_schema : of_server < of_schema;
}

/// The bound to send. A null becomes the limit of the type, because a null in PATCH …/attributes/… keeps the stored
/// bound (Appwrite 1.8.1).
[[nodiscard]] inline Json bound_or_end(const Json& wanted, bool lower, const std::string& kind) {
  if (!wanted.is_null()) return wanted;
  using Integer = std::numeric_limits<std::int64_t>;
  using Floating = std::numeric_limits<double>;
  if (kind == "integer") return lower ? Integer::min() : Integer::max();
  return lower ? Floating::lowest() : Floating::max();
}

/// Whether the defaults are equal; times may be written differently.
[[nodiscard]] inline bool same_default(const ServerAttribute& stored, const ServerAttribute& wanted) {
  if (wanted.kind == "datetime" && stored.default_value.is_string() && wanted.default_value.is_string())
    return parse_timestamp(stored.default_value.get<std::string>()) ==
           parse_timestamp(wanted.default_value.get<std::string>());
  return stored.default_value == wanted.default_value;
}

/// Whether the indexes have the same type and columns, and for a `key` index the same directions.
[[nodiscard]] inline bool same_index(const ServerIndex& stored, const ServerIndex& wanted) {
  if (stored.type != wanted.type || stored.attributes != wanted.attributes) return false;
  if (wanted.type != "key") return true;
  for (std::size_t i = 0; i < wanted.orders.size(); ++i) {
    const bool descending = i < stored.orders.size() && stored.orders[i] == "DESC";
    if (descending != (wanted.orders[i] == "DESC")) return false;
  }
  return true;
}

/// Whether the column belongs to Reel itself, such as `reel_ver`.
[[nodiscard]] inline bool is_hidden(std::string_view key) { return key.starts_with("reel_"); }

/// Whether the column was requested before the server had created the collection's table, as happens when several
/// programs set up a collection at once. Such a column has no values.
[[nodiscard]] inline bool is_broken_by_haste(const ServerAttribute& stored) {
  return stored.status == "failed" && stored.error.find("not found") != std::string::npos;
}

/// Compares a collection on the server with a schema. Used once. Sends no request; both references must outlive the
/// object.
class SchemaComparison {
 public:
  SchemaComparison(const driver::CollectionSchema& schema, const ServerCollection& stored)
      : schema_(schema), stored_(stored) {}

  /// Returns the plan. Attributes first, because the length of an index depends on the columns.
  [[nodiscard]] SchemaPlan operator()() && {
    for (const ServerAttribute& stored : stored_.attributes) {
      if (!schema_.position(stored.key) && !is_hidden(stored.key)) keep(stored);
    }
    for (const driver::AttributeSchema& attribute : schema_.attributes) compare(attribute);
    collect_columns();
    compare_version();
    for (const driver::IndexSchema& index : schema_.indexes) compare(index);
    check_numbers();
    return std::move(plan_);
  }

 private:
  /// Records a conflict about an attribute.
  void refuse(const std::string& attribute, const std::string& why) {
    plan_.conflicts.push_back("attribute '" + attribute + "' " + why);
  }

  static driver::AttributeShape shape_of(const ServerAttribute& one) { return {one.kind, one.list, one.required}; }

  /// Records a conflict. Returns whether it matters for an empty collection too.
  bool collides(const std::string& attribute, const std::optional<driver::ShapeConflict>& conflict) {
    if (!conflict) return false;
    if (!conflict->needs_records) {
      refuse(attribute, conflict->reason);
      return true;
    }
    plan_.conflicts_with_records.push_back("attribute '" + attribute + "' " + conflict->reason);
    return false;
  }

  /// Keeps a column that only the server has, added by another program or in the console.
  void keep(const ServerAttribute& stored) {
    if (stored.required && stored.default_value.is_null())
      return refuse(stored.key,
                    "is required on the server and not in the schema, so that no record could be created: make it "
                    "optional in the console, or add it to the schema");
    plan_.foreign_columns.push_back(stored.key);
  }

  /// Checks the numbers with the attributes and indexes that only the server has. The schema alone is within the
  /// limits, see `check_limits`.
  void check_numbers() {
    const std::size_t indexes = stored_.indexes.size() + plan_.new_indexes.size() - plan_.unwanted_indexes.size();
    if (indexes > most_indexes && !plan_.new_indexes.empty())
      plan_.conflicts.push_back("the collection would have " + std::to_string(indexes) +
                                " indexes, including those that only the server has, and the server allows " +
                                std::to_string(most_indexes) + ": remove some in the console");
    if (plan_.columns.size() > most_attributes && !plan_.new_attributes.empty())
      plan_.conflicts.push_back("the collection would have " + std::to_string(plan_.columns.size()) +
                                " attributes, including those that only the server has, and the server allows " +
                                std::to_string(most_attributes) + ": remove some in the console");
  }

  /// Collects the columns that the collection has after the plan.
  void collect_columns() {
    for (const ServerAttribute& stored : stored_.attributes) {
      const ServerAttribute* changed = find_column(plan_.changed_attributes, stored.key);
      const auto& broken = plan_.broken_attributes;
      if (std::find(broken.begin(), broken.end(), stored.key) == broken.end())
        plan_.columns.push_back(changed ? *changed : stored);
    }
    plan_.columns.insert(plan_.columns.end(), plan_.new_attributes.begin(), plan_.new_attributes.end());
  }

  /// Plans the creation of an attribute, or its change.
  void compare(const driver::AttributeSchema& attribute) {
    const ServerAttribute wanted = wanted_attribute(attribute);
    const auto stored = std::find_if(stored_.attributes.begin(), stored_.attributes.end(),
                                     [&](const ServerAttribute& one) { return one.key == attribute.name; });
    const bool is_broken = stored != stored_.attributes.end() && is_broken_by_haste(*stored);
    if (is_broken) plan_.broken_attributes.push_back(wanted.key);
    if (is_broken || stored == stored_.attributes.end()) {
      plan_.new_attributes.push_back(wanted);
      collides(wanted.key, driver::conflict_between(nullptr, shape_of(wanted)));
      return;
    }
    if (stored->status == "failed" || stored->status == "stuck")
      return refuse(wanted.key, "is '" + stored->status + "' on the server (" + stored->error +
                                    "): delete it in the console and try again");
    const driver::AttributeShape before = shape_of(*stored);
    if (!collides(wanted.key, driver::conflict_between(&before, shape_of(wanted)))) widen(attribute, *stored, wanted);
  }

  /// Checks the version column. A column of another type would not refuse an overflow, and so could not guard a write;
  /// see version_guard.hpp.
  void compare_version() {
    const ServerAttribute wanted = wanted_version_attribute();
    const auto stored = std::ranges::find(stored_.attributes, wanted.key, &ServerAttribute::key);
    if (stored == stored_.attributes.end()) {
      plan_.new_attributes.push_back(wanted);
      return;
    }
    if (is_broken_by_haste(*stored)) {
      plan_.broken_attributes.push_back(stored->key);
      return;
    }
    const bool same = stored->status == "available" && stored->kind == wanted.kind && !stored->list &&
                      !stored->required && stored->default_value.is_null() && stored->minimum == wanted.minimum &&
                      stored->maximum == wanted.maximum;
    if (!same)
      refuse(
          wanted.key,
          "is not the optional integer of 0 to 2147483647 that reel creates, or is not 'available': delete it in the "
          "console and run setup() again");
  }

  /// Plans to widen a column so that it accepts every value that the schema allows. Nothing is narrowed.
  void widen(const driver::AttributeSchema& attribute, const ServerAttribute& stored, const ServerAttribute& wanted) {
    ServerAttribute target = stored;
    bool changed = false;
    const std::int64_t characters = attribute.kind == driver::AttributeType::text ? attribute.max_length : wanted.size;
    if (characters_in(stored.size) < characters) {
      if (stored.route != "string")
        return refuse(wanted.key, "is of the server's type '" + stored.route + "', which does not hold " +
                                      std::to_string(characters) + " characters and cannot be extended");
      target.size = wanted.size;
      changed = true;
    }
    for (const std::string& element : wanted.elements) {
      if (std::find(stored.elements.begin(), stored.elements.end(), element) != stored.elements.end()) continue;
      target.elements.push_back(element);
      changed = true;
    }
    if (wanted.kind == "integer" || wanted.kind == "double") {
      changed = widen_bound(target.minimum, wanted.minimum, true, wanted.kind) || changed;
      changed = widen_bound(target.maximum, wanted.maximum, false, wanted.kind) || changed;
    }
    if (!wanted.list && stored.required != wanted.required) {
      target.required = wanted.required;
      changed = true;
    }
    if (!same_default(stored, wanted)) {
      target.default_value = wanted.default_value;
      changed = true;
      if (stored.default_value.is_null()) plan_.first_defaults.push_back(target);
    }
    if (changed) plan_.changed_attributes.push_back(std::move(target));
  }
  /// Widens a bound to accept what the schema allows; returns whether it changed.
  static bool widen_bound(Json& stored, const Json& wanted, bool lower, const std::string& kind) {
    if (!is_narrower(stored, wanted, lower, kind)) return false;
    stored = bound_or_end(wanted, lower, kind);
    return true;
  }

  /// Plans the creation of an index, and the removal of one with the same name.
  void compare(const driver::IndexSchema& index) {
    ServerIndex wanted = wanted_index(schema_, index, plan_.columns);
    refuse_encrypted(wanted);
    const auto stored = std::find_if(stored_.indexes.begin(), stored_.indexes.end(),
                                     [&](const ServerIndex& one) { return one.key == index.name; });
    if (stored != stored_.indexes.end()) {
      if (stored->status == "available" && same_index(*stored, wanted)) return;
      plan_.unwanted_indexes.push_back(stored->key);
    }
    refuse_long(wanted);
    plan_.new_indexes.push_back(std::move(wanted));
  }
  /// Records a conflict if the index contains an encrypted column, on which the server allows no condition.
  void refuse_encrypted(const ServerIndex& index) {
    for (const std::string& key : index.attributes) {
      const ServerAttribute* column = find_column(plan_.columns, key);
      if (column && column->encrypted)
        refuse(key, "is encrypted on the server, which allows no condition on it, and the index '" + index.key +
                        "' contains it: create it again without encryption in the console, or leave the index out");
    }
  }
  /// Records a conflict if the index is too long, which only happens with columns that are wider on the server than in
  /// the schema.
  void refuse_long(const ServerIndex& index) {
    const std::int64_t length = length_of(index, plan_.columns);
    if (index.type == "fulltext" || length <= longest_index) return;
    const ServerAttribute* longest = longest_part(index, plan_.columns);
    plan_.conflicts.push_back("the index '" + index.key + "' would cover " + std::to_string(length) +
                              " characters, because '" + (longest ? longest->key : index.key) + "' has a size of " +
                              std::to_string(longest ? longest->size : length) +
                              " on the server, and the server allows " + std::to_string(longest_index) +
                              ": make the attribute shorter in the console, or leave the index out");
  }

  const driver::CollectionSchema& schema_;
  const ServerCollection& stored_;
  SchemaPlan plan_;
};

}  // namespace reel::appwrite
