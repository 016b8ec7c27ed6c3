#include <emulator/schema/inline_schema.hpp>

#include <algorithm>

#include <emulator/schema/attribute_routes.hpp>
#include <emulator/schema/attribute_rules.hpp>
#include <emulator/schema/index_rules.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/schema_worker.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

constexpr std::size_t most_items = 100;

Json read_objects(const Call& call, const char* name) {
  const Validator object = rule([](const Json& value) { return value.is_object(); }, "");
  return call.parameters.optional(name, Json::array(), list_of(object, "Value must be an object", most_items));
}

/// The kind with this format or, without a format, with this route or type.
const AttributeKind& find_kind(const std::string& name, const std::string& format) {
  const auto& kinds = attribute_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const AttributeKind& kind) {
    return format.empty() ? name == kind.route || name == kind.type : format == kind.format;
  });
  if (found == kinds.end()) invalid_argument("Invalid `attributes` param: Invalid type for attribute: " + name);
  return *found;
}

Attribute read_inline(const Json& sent) {
  const AttributeKind& kind = find_kind(sent.value("type", std::string{}), sent.value("format", std::string{}));
  Attribute attribute;
  attribute.type = kind.type;
  attribute.format = kind.format;
  attribute.key = sent.value("key", std::string{});
  if (!is_key(attribute.key)) invalid_argument("Invalid `attributes` param: " + key_sentence());
  attribute.size = kind.size != 0 ? kind.size : sent.value("size", std::size_t{0});
  if (attribute.is_text() && attribute.size == 0) {
    invalid_argument("Invalid `attributes` param: 'size' is required for " + attribute.type + " attributes");
  }
  attribute.required = sent.value("required", false);
  attribute.array = sent.value("array", false);
  attribute.encrypt = sent.value("encrypt", false);
  attribute.fallback = sent.value("default", Json());
  attribute.least = sent.value("min", Json());
  attribute.most = sent.value("max", Json());
  attribute.elements = sent.value("elements", Json::array());
  return attribute;
}

}  // namespace

void add_inline_schema(const Call& call, const SchemaTarget& target) {
  if (!call.since(1, 9)) return;
  Collection& collection = *target.collection;
  const bool tables = naming(call).tables;
  for (const Json& sent : read_objects(call, tables ? "columns" : "attributes")) {
    Attribute attribute = read_inline(sent);
    check_bounds(call, attribute);
    check_default(call, attribute);
    finish_attribute(add_attribute(call, target, std::move(attribute)));
  }
  for (const Json& sent : read_objects(call, "indexes")) {
    Index index;
    index.key = sent.value("key", std::string{});
    index.type = sent.value("type", std::string{"key"});
    index.attributes = sent.value(tables ? "columns" : "attributes", std::vector<std::string>{});
    index.orders = sent.value("orders", Json::array());
    index.lengths = sent.value("lengths", Json::array());
    if (!is_key(index.key)) invalid_argument("Invalid `indexes` param: " + key_sentence());
    check_index(call, collection, index);
    index.created_at = index.updated_at = write_time(call.now);
    index.sequence = call.project.databases->next_sequence();
    collection.indexes.push_back(std::make_unique<Index>(std::move(index)));
    finish_index(collection, *collection.indexes.back());
  }
}

}  // namespace reel::emulator
