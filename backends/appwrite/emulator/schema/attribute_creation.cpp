#include <algorithm>
#include <limits>

#include <emulator/schema/attribute_routes.hpp>
#include <emulator/schema/attribute_rules.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/row_width.hpp>
#include <emulator/schema/schema_worker.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/races.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

constexpr std::int64_t longest_text = 1073741824;
constexpr std::int64_t longest_varchar = 16381;
constexpr std::size_t shortest_encrypted = 150;

void read_size(const Call& call, const AttributeKind& kind, Attribute& attribute) {
  attribute.size = kind.size;
  if (!attribute.is_text() || kind.size != 0) return;
  const std::int64_t most = attribute.type == "varchar" ? longest_varchar : longest_text;
  const Json size = call.parameters.required("size", integer_range(1, most));
  attribute.size =
      static_cast<std::size_t>(size.is_string() ? std::stoll(size.get<std::string>()) : size.get<std::int64_t>());
}

void read_bounds(const Call& call, const AttributeKind& kind, Attribute& attribute) {
  if (!attribute.is_number()) return;
  attribute.least = call.parameters.optional("min", nullptr, default_rule(kind));
  attribute.most = call.parameters.optional("max", nullptr, default_rule(kind));
}

void check_text(const Call& call, const Attribute& attribute) {
  if (attribute.encrypt && attribute.size < shortest_encrypted) {
    fail(call, "general_bad_request", "Size too small. Encrypted strings require a minimum size of 150 characters.");
  }
  if (attribute.fallback.is_null() || !attribute.format.empty()) return;
  const std::string problem = text(attribute.size, 0).problem(attribute.fallback);
  if (!problem.empty()) fail(call, "attribute_value_invalid", problem);
}

void check_enum(const Call& call, const Attribute& attribute) {
  if (attribute.fallback.is_null()) return;
  const auto& elements = attribute.elements;
  if (std::find(elements.begin(), elements.end(), attribute.fallback) == elements.end()) {
    fail(call, "attribute_value_invalid", "Default value not found in elements");
  }
}

/// Reads the parameters in the order in which the server declares them.
Attribute read_attribute(const Call& call, const AttributeKind& kind) {
  Attribute attribute;
  attribute.type = kind.type;
  attribute.format = kind.format;
  attribute.key = call.parameters.required_text("key", key());
  read_size(call, kind, attribute);
  if (attribute.format == "enum") {
    attribute.elements = call.parameters.required("elements", list_of(text(255), text_sentence(255), 100));
  }
  attribute.required = call.parameters.required("required", boolean(false)).get<bool>();
  read_bounds(call, kind, attribute);
  attribute.fallback = call.parameters.optional("default", nullptr, default_rule(kind));
  const bool spatial = attribute.type == "point" || attribute.type == "linestring" || attribute.type == "polygon";
  if (!spatial) attribute.array = call.parameters.flag("array", false);
  if (attribute.is_text() && attribute.format.empty() && call.since(1, 7)) {
    attribute.encrypt = call.parameters.flag("encrypt", false);
  }
  return attribute;
}

std::uint64_t number_of(const Collection& collection) { return static_cast<std::uint64_t>(collection.sequence); }

Response create_attribute(Call& call, const AttributeKind& kind) {
  const SchemaPath path = read_schema_path(call);
  Attribute attribute = read_attribute(call, kind);
  check_bounds(call, attribute);
  if (attribute.is_text()) check_text(call, attribute);
  if (attribute.format == "enum") check_enum(call, attribute);
  const SchemaTarget target = find_target(call, path);
  check_default(call, attribute);
  const bool lost = is_table_missing(*target.collection);
  const auto turn = static_cast<std::uint64_t>(target.collection->missing_table);
  if (lost && call.app.races().happens("attribute is refused", number_of(*target.collection), turn, 2)) unknown_error();
  Attribute& added = add_attribute(call, target, std::move(attribute));
  if (lost) added.error = "Collection not found";  // makes the worker fail
  Json json = attribute_json(call, added);
  json["error"] = "";
  return json_response(202, json);
}

}  // namespace

Attribute& add_attribute(const Call& call, const SchemaTarget& target, Attribute attribute) {
  Collection& collection = *target.collection;
  attribute.filling = attribute.fallback;
  if (attribute.type == "integer" || attribute.type == "bigint") {
    constexpr std::int64_t most_narrow = std::numeric_limits<std::int32_t>::max();
    const bool narrow = !attribute.most.is_null() && attribute.most.get<std::int64_t>() <= most_narrow;
    attribute.size = narrow && attribute.type == "integer" ? narrow_integer : wide_integer;
  }
  if (!fits(collection, attribute)) fail(call, "attribute_limit_exceeded");
  const std::string folded = fold_id(attribute.key);
  const bool taken = std::any_of(collection.attributes.begin(), collection.attributes.end(),
                                 [&](const auto& one) { return fold_id(one->key) == folded; });
  if (taken) fail(call, "attribute_already_exists");
  attribute.slot = collection.next_slot++;
  attribute.created_at = attribute.updated_at = write_time(call.now);
  collection.attributes.push_back(std::make_unique<Attribute>(std::move(attribute)));
  Attribute& added = *collection.attributes.back();
  constexpr std::uint64_t longest = 3;
  const auto slot = static_cast<std::uint64_t>(added.slot);
  if (call.app.races().happens("attribute is hidden", number_of(collection), slot, 4)) {
    added.hidden = static_cast<int>(1 + call.app.races().draw("hidden", number_of(collection), slot) % longest);
  }
  queue_attribute_creation(call, target, added.key);
  return added;
}

void add_attribute_creation_routes(Router& router) {
  for (const AttributeKind& kind : attribute_kinds()) {
    add_twins(router, "POST", std::string{attributes_pattern} + "/" + kind.route,
              {.scopes = {"collections.write"}, .since = kind.since},
              [&kind](Call& call) { return create_attribute(call, kind); });
  }
}

}  // namespace reel::emulator
