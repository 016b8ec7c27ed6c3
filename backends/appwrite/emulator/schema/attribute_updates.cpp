#include <algorithm>
#include <utility>

#include <emulator/schema/attribute_routes.hpp>
#include <emulator/schema/attribute_rules.hpp>
#include <emulator/schema/index_rules.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/row_width.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

constexpr std::int64_t longest_text = 1073741824;

/// The parameters of a PATCH. A null leaves the member unchanged, except for `fallback`.
struct Change {
  std::string key;
  bool required = false;
  Json fallback;
  Json size;
  Json elements;
  Json least;
  Json most;
  Json new_key;
};

Change read_change(const Call& call, const AttributeKind& kind) {
  Change change;
  change.key = call.path.at("key");
  validate("key", change.key, key());
  const Parameters& sent = call.parameters;
  if (std::string_view{kind.format} == "enum") {
    change.elements = sent.required("elements", list_of(text(255), text_sentence(255), 100));
  }
  change.required = sent.required("required", boolean(false)).get<bool>();
  const std::string_view type = kind.type;
  if (type == "integer" || type == "bigint" || type == "double") {
    change.least = sent.optional("min", nullptr, default_rule(kind));
    change.most = sent.optional("max", nullptr, default_rule(kind));
  }
  const bool spatial = type == "point" || type == "linestring" || type == "polygon";
  change.fallback =
      spatial ? sent.optional("default", nullptr, default_rule(kind)) : sent.required("default", default_rule(kind));
  if ((type == "string" || type == "varchar") && *kind.format == '\0') {
    change.size = sent.optional("size", nullptr, nullable(integer_range(1, longest_text)));
  }
  change.new_key = sent.optional("newKey", nullptr, nullable(key()));
  return change;
}

void apply_enum(const Call& call, const Change& change, Attribute& attribute) {
  if (change.elements.is_null() || change.elements.empty()) {
    fail(call, "attribute_value_invalid", "Enum elements must not be empty");
  }
  const auto& elements = change.elements;
  if (!change.fallback.is_null() && std::find(elements.begin(), elements.end(), change.fallback) == elements.end()) {
    fail(call, "attribute_value_invalid", "Default value not found in elements");
  }
  attribute.elements = elements;
}

/// The requested size in characters; 0: unchanged.
std::size_t size_of(const Change& change) {
  if (change.size.is_null()) return 0;
  const Json& size = change.size;
  return static_cast<std::size_t>(size.is_string() ? std::stoll(size.get<std::string>()) : size.get<std::int64_t>());
}

bool longer_than(const Json& value, std::size_t size) {
  return value.is_string() && characters(value.get_ref<const std::string&>()) > size;
}

/// Throws 400 if an available index that uses the attribute is no longer valid.
void check_indexes(const Call& call, const Collection& collection, const Attribute& attribute) {
  for (const auto& index : collection.indexes) {
    const auto& parts = index->attributes;
    const bool used = std::find(parts.begin(), parts.end(), attribute.key) != parts.end();
    if (used && index->status == "available") check_index_parts(call, collection, *index);
  }
}

void check_stored_lengths(const Call& call, const Collection& collection, const Attribute& stored, std::size_t size) {
  if (stored.array || size >= stored.size) return;
  const auto& rows = collection.table.rows();
  const bool too_long = std::any_of(rows.begin(), rows.end(),
                                    [&](const auto& row) { return longer_than(row.second.value(stored.slot), size); });
  if (too_long) fail(call, "attribute_invalid_resize");
}

/// Throws 400 if the stored attribute cannot be given this size: because of the row's width, an index or a longer
/// value.
void check_size(const Call& call, const Collection& collection, Attribute& stored, std::size_t size) {
  const std::size_t before = std::exchange(stored.size, size);
  try {
    if (row_width(collection) >= widest_row) fail(call, "attribute_limit_exceeded");
    check_indexes(call, collection, stored);
  } catch (const ServerError&) {
    stored.size = before;
    throw;
  }
  stored.size = before;
  check_stored_lengths(call, collection, stored, size);
}

void check_new_key(const Call& call, const Collection& collection, const Attribute& stored, const Json& new_key) {
  if (new_key.is_null()) return;
  const Attribute* taken = collection.attribute_by_path(new_key.get<std::string>());
  if (taken != nullptr && taken != &stored) fail(call, "attribute_already_exists");
}

void rename(Collection& collection, Attribute& attribute, const std::string& new_key) {
  for (const auto& index : collection.indexes) {
    std::replace(index->attributes.begin(), index->attributes.end(), attribute.key, new_key);
  }
  attribute.key = new_key;
}

/// Checks the type of a default that was sent through the route of another kind of attribute.
void check_default_type(const Call& call, const AttributeKind& kind, const Attribute& attribute) {
  const Json& value = attribute.fallback;
  if (value.is_null()) return;
  if (attribute.type == "integer" && std::string_view{kind.type} == "double") {
    fail(call, "attribute_value_invalid", bounds_sentence(attribute));
  }
  const bool fits = attribute.is_number()          ? value.is_number()
                    : attribute.type == "boolean"  ? value.is_boolean()
                    : attribute.is_text()          ? value.is_string()
                    : attribute.type == "datetime" ? value.is_string()
                                                   : value.is_array();
  if (!fits) unknown_error();
}

/// The stored attribute with all changes but size and key.
Attribute changed_attribute(const Call& call, const AttributeKind& kind, const Change& change,
                            const Attribute& stored) {
  Attribute changed = stored;
  changed.required = change.required;
  changed.fallback = change.fallback;
  check_default(call, changed);
  if (changed.is_number() && !change.least.is_null()) changed.least = change.least;
  if (changed.is_number() && !change.most.is_null()) changed.most = change.most;
  if (changed.fallback.is_number() || changed.fallback.is_null()) check_bounds(call, changed);
  if (changed.format == "enum") apply_enum(call, change, changed);
  check_default_type(call, kind, changed);
  if (changed.required || !changed.fallback.is_null()) changed.filling = changed.fallback;
  changed.updated_at = write_time(call.now);
  return changed;
}

// The kind of the route need not be that of the attribute: the server's check has no effect. The attribute keeps its
// type, but the response has the members of the route's kind.
Response update_attribute(Call& call, const AttributeKind& kind) {
  const SchemaPath path = read_schema_path(call);
  const Change change = read_change(call, kind);
  const SchemaTarget target = find_target(call, path);
  Collection& collection = *target.collection;
  Attribute* stored = collection.attribute_by_path(change.key);
  if (stored == nullptr) fail(call, "attribute_not_found");
  if (!stored->available()) fail(call, "attribute_not_available");
  Attribute changed = changed_attribute(call, kind, change, *stored);
  if (stored->key != change.key) throw ServerError{404, "collection_not_found", "Attribute not found"};
  const std::size_t size = size_of(change);
  if (size != 0 && changed.is_text()) {
    check_size(call, collection, *stored, size);
    changed.size = size;
  }
  check_new_key(call, collection, *stored, change.new_key);
  if (!change.new_key.is_null()) rename(collection, changed, change.new_key.get<std::string>());
  *stored = std::move(changed);
  Json json = attribute_json(call, *stored, kind.type, kind.format);
  if (json.contains("encrypt")) json["encrypt"] = nullptr;
  return json_response(200, json);
}

}  // namespace

void add_attribute_update_routes(Router& router) {
  for (const AttributeKind& kind : attribute_kinds()) {
    add_twins(router, "PATCH", std::string{attributes_pattern} + "/" + kind.route + "/:key",
              {.scopes = {"collections.write"}, .since = kind.since},
              [&kind](Call& call) { return update_attribute(call, kind); });
  }
}

}  // namespace reel::emulator
