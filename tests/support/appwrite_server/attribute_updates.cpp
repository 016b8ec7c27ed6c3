#include <algorithm>

#include "support/appwrite_server/attribute_routes.hpp"
#include "support/appwrite_server/attribute_rules.hpp"
#include "support/appwrite_server/naming.hpp"
#include "support/appwrite_server/row_width.hpp"
#include "support/appwrite_server/server_error.hpp"

namespace appwrite_server {
namespace {

constexpr std::int64_t longest_text = 1073741824;

/// What a PATCH may change; null: as it is.
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

bool longer_than(const Json& value, std::size_t size) {
  if (value.is_string()) return characters(value.get_ref<const std::string&>()) > size;
  return value.is_array() &&
         std::any_of(value.begin(), value.end(), [&](const Json& one) { return longer_than(one, size); });
}

void apply_size(const Call& call, const Collection& collection, const Change& change, Attribute& attribute) {
  if (change.size.is_null()) return;
  const auto size = static_cast<std::size_t>(change.size.is_string() ? std::stoll(change.size.get<std::string>())
                                                                     : change.size.get<std::int64_t>());
  if (size < attribute.size && !attribute.array) {
    const auto& rows = collection.table.rows();
    const bool too_long = std::any_of(
        rows.begin(), rows.end(), [&](const auto& row) { return longer_than(row.second.value(attribute.slot), size); });
    if (too_long) fail(call, "attribute_invalid_resize");
  }
  const std::size_t others = row_width(collection) - attribute_width(attribute);
  attribute.size = size;
  if (others + attribute_width(attribute) >= widest_row) fail(call, "attribute_limit_exceeded");
}

void rename(const Call& call, Collection& collection, Attribute& attribute, const std::string& new_key) {
  if (new_key == attribute.key) return;
  const std::string folded = fold_id(new_key);
  const bool taken = std::any_of(collection.attributes.begin(), collection.attributes.end(), [&](const auto& one) {
    return one->key != attribute.key && fold_id(one->key) == folded;
  });
  if (taken) fail(call, "attribute_already_exists");
  for (const auto& index : collection.indexes) {
    std::replace(index->attributes.begin(), index->attributes.end(), attribute.key, new_key);
  }
  attribute.key = new_key;
}

// The kind of the route does not matter: the server checks it wrongly, and what the attribute is stays.
Response update_attribute(Call& call, const AttributeKind& kind) {
  const SchemaPath path = read_schema_path(call);
  const Change change = read_change(call, kind);
  const SchemaPlace place = find_place(call, path);
  Attribute* stored = place.collection->attribute(change.key);
  if (stored == nullptr) fail(call, "attribute_not_found");
  if (!stored->available()) fail(call, "attribute_not_available");
  Attribute changed = *stored;
  changed.required = change.required;
  changed.fallback = change.fallback;
  check_default(call, changed);
  if (!change.least.is_null()) changed.least = change.least;
  if (!change.most.is_null()) changed.most = change.most;
  if (changed.fallback.is_number() || changed.fallback.is_null()) check_bounds(call, changed);
  if (changed.format == "enum") apply_enum(call, change, changed);
  if (changed.is_text() && changed.format.empty()) apply_size(call, *place.collection, change, changed);
  if (!change.new_key.is_null()) rename(call, *place.collection, changed, change.new_key.get<std::string>());
  changed.updated_at = write_time(call.now);
  *stored = std::move(changed);
  Json json = attribute_json(call, *stored);
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

}  // namespace appwrite_server
