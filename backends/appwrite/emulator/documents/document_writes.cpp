#include <emulator/documents/document_writes.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include <emulator/documents/document_access.hpp>
#include <emulator/documents/operators.hpp>
#include <emulator/documents/relationships.hpp>
#include <emulator/documents/row_cache.hpp>
#include <emulator/documents/structure.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

void check_time(const Call& call, const Row& stored, std::optional<Time> unless_newer_than) {
  if (unless_newer_than && stored.updated_at > write_time(*unless_newer_than)) fail(call, "document_update_conflict");
}

/// Whether a sent value differs from the stored one.
bool changes(const Collection& collection, const Row& stored, const Json& data) {
  for (const auto& [key, value] : data.items()) {
    if (key == "$createdAt" || key == "$updatedAt") {
      if (value != (key == "$createdAt" ? stored.created_at : stored.updated_at)) return true;
      continue;
    }
    const Attribute* attribute = collection.attribute(key);
    if (attribute == nullptr || !attribute->available() || attribute->is_relationship()) return true;
    if (!strictly_equal(read_value(*attribute, stored), value)) return true;
  }
  return false;
}

Json merged(const Collection& collection, const Row& stored, const Json& data) {
  Json whole = values_of(collection, stored);
  for (const auto& [key, value] : data.items()) whole[key] = value;
  return whole;
}

bool new_permissions(const Row& stored, const Json& permissions) {
  return !permissions.is_null() && permissions_from(permissions) != stored.permissions;
}

/// Whether the permissions differ as sets.
bool grants_otherwise(const Row& stored, const Json& permissions) {
  if (permissions.is_null()) return false;
  Permissions before = stored.permissions;
  Permissions after = permissions_from(permissions);
  std::sort(before.begin(), before.end());
  std::sort(after.begin(), after.end());
  return before != after;
}

/// Inserts a row. If a unique key or the id is used, it overwrites that row instead, except for its id. Returns the row
/// as the response shows it.
Row insert_or_overwrite(const Call& call, Collection& collection, Row row, const Row& shown) {
  Table& table = collection.table;
  row.sequence = 0;
  Row answer = shown;
  answer.sequence = 0;
  if (const Row* other = table.obstacle(row)) {
    note_write(call, collection, *other, Purge::before_commit);
    row.id = other->id;
    row.sequence = other->sequence;
    if (!table.replace(std::move(row))) fail(call, "document_already_exists");
    return answer;
  }
  const Row* made = table.insert(std::move(row));
  if (made == nullptr) fail(call, "document_already_exists");
  answer.sequence = made->sequence;
  return answer;
}

/// Writes one upsert and returns the row as the response shows it.
Row write_upsertion(const Call& call, Collection& collection, const Upsertion& plan) {
  const Row* current = plan.creates ? nullptr : collection.table.find(plan.bound.id);
  if (current == nullptr) return insert_or_overwrite(call, collection, plan.bound, plan.row);
  note_write(call, collection, *current, Purge::before_commit);
  Row bound = plan.bound;
  bound.sequence = current->sequence;
  if (!collection.table.replace(std::move(bound))) fail(call, "document_already_exists");
  Row shown = plan.row;
  if (shown.id != plan.id) {
    shown.id = plan.id;
    shown.sequence = 0;
  }
  return shown;
}

/// Builds and checks a new row. Encodes and completes `data`, because its relations are written later.
Row new_row(const Call& call, const Collection& collection, const std::string& id, Json& data, const Json& permissions,
            const std::set<std::string>& operator_keys = {}) {
  encode(collection, data);
  fill_defaults(collection, data);
  validate_structure(call, collection, data, Completeness::whole, operator_keys);
  Row row;
  row.id = id;
  row.created_at = row.updated_at = write_time(call.now);
  row.permissions = permissions_for_new(call, permissions);
  store_values(collection, data, row);
  return row;
}

/// Whether an upsert of `data` would change nothing: each value loosely equals the stored one and no attribute is
/// missing. Without a stored row the values are compared with null.
bool changes_nothing(const Collection& collection, const Row* stored, const Json& data) {
  for (const auto& [key, value] : data.items()) {
    if (key.starts_with('$')) continue;
    const Attribute* attribute = collection.attribute(key);
    const Json old = stored == nullptr || attribute == nullptr ? Json() : read_value(*attribute, *stored);
    if (!loosely_equal(old, value)) return false;
  }
  if (stored == nullptr) return true;
  return std::all_of(collection.attributes.begin(), collection.attributes.end(), [&](const auto& attribute) {
    return !attribute->available() || attribute->is_relationship() || data.contains(attribute->key);
  });
}

Upsertion plan_new(const Call& call, const Collection& collection, const std::string& id, Json data,
                   const Json& permissions) {
  const std::set<std::string> operator_keys = apply_operators(call, collection, nullptr, data);
  const bool permits_nobody = permissions_for_new(call, permissions).empty();
  if (operator_keys.empty() && permits_nobody && changes_nothing(collection, nullptr, data)) return {};
  demand(call, may(call, collection, "create"));
  Upsertion plan{.id = id, .row = new_row(call, collection, id, data, permissions, operator_keys), .creates = true};
  plan.bound = bound_row(collection, data, plan.row, operator_keys);
  return plan;
}

}  // namespace

Row plan_creation(const Call& call, const Collection& collection, const std::string& id, Json& data,
                  const Json& permissions) {
  demand(call, may(call, collection, "create"));
  return new_row(call, collection, id, data, permissions);
}

Row create_document(const Call& call, const SchemaTarget& target, const std::string& id, Json data,
                    const Json& permissions) {
  const Collection& collection = *target.collection;
  Row row = plan_creation(call, collection, id, data, permissions);
  check_relations(call, collection, data);
  const Row* made = target.collection->table.insert(bound_row(collection, data, row));
  if (made == nullptr) fail(call, "document_already_exists");
  row.sequence = made->sequence;
  if (!collection.has_relationships()) return row;
  write_relations(call, target, row, data);
  return *target.collection->table.find(id);
}

namespace {

/// Writes all columns of `row` over the row of its number, or nothing if that is gone. Operators apply to the values
/// that are stored now.
void write_whole_row(const Call& call, Collection& collection, Row row, const Json& data,
                     const std::set<std::string>& operator_keys) {
  const auto current = collection.table.rows().find(row.sequence);
  if (current == collection.table.rows().end()) return;
  const Row before = current->second;
  Json computed = Json::object();
  for (const auto& [key, value] : data.items()) {
    if (operator_keys.contains(key)) computed[key] = value;
  }
  apply_operators(call, collection, &before, computed, Bounds::ignored);
  for (const auto& [key, value] : computed.items()) check_column_range(call, *collection.attribute(key), value);
  store_values(collection, computed, row);
  note_write(call, collection, before, Purge::before_commit);
  if (!collection.table.replace(std::move(row))) fail(call, "document_already_exists");
}

}  // namespace

Row update_document(const Call& call, const SchemaTarget& target, const Row& stored, const std::string& id, Json data,
                    const Json& permissions, std::optional<Time> unless_newer_than) {
  const Collection& collection = *target.collection;
  const Json sent = data;
  const std::set<std::string> operator_keys = apply_operators(call, collection, &stored, data);
  const bool changed = !operator_keys.empty() || id != stored.id || changes(collection, stored, data) ||
                       new_permissions(stored, permissions);
  demand(call, may(call, collection, stored, changed ? "update" : "read"));
  check_time(call, stored, unless_newer_than);
  Json whole = merged(collection, stored, data);
  encode(collection, whole);
  fill_defaults(collection, whole);
  validate_structure(call, collection, whole, Completeness::whole, operator_keys);
  if (!changed) return stored;
  check_relations(call, collection, data);
  Row row = stored;
  row.id = id;
  row.updated_at = write_time(call.now);
  if (!permissions.is_null()) row.permissions = permissions_from(permissions);
  store_values(collection, whole, row);
  write_whole_row(call, *target.collection, bound_row(collection, whole, row, operator_keys), sent, operator_keys);
  const Row* written = target.collection->table.find(id);
  if (written == nullptr || (operator_keys.empty() && !collection.has_relationships())) return row;
  write_relations(call, target, *written, data);
  return *target.collection->table.find(id);
}

Upsertion plan_upsertion(const Call& call, const SchemaTarget& target, const std::string& id, Json data,
                         const Json& permissions) {
  const Collection& collection = *target.collection;
  const Row* found = locked_row(call, collection, id);
  if (found == nullptr) return plan_new(call, collection, id, std::move(data), permissions);
  const Row stored = *found;
  const std::set<std::string> operator_keys = apply_operators(call, collection, &stored, data);
  const bool regranted = grants_otherwise(stored, permissions);
  if (operator_keys.empty() && !regranted && changes_nothing(collection, &stored, data))
    return {.id = id, .row = stored};
  demand(call, may(call, collection, stored, "update"));
  encode(collection, data);
  validate_structure(call, collection, data, Completeness::whole, operator_keys);
  Json whole = merged(collection, stored, data);
  fill_defaults(collection, whole);
  Upsertion plan{.id = id, .row = stored, .changes = true};
  plan.row.updated_at = write_time(call.now);
  if (regranted) plan.row.permissions = permissions_from(permissions);
  store_values(collection, whole, plan.row);
  plan.bound = bound_row(collection, whole, plan.row, operator_keys);
  return plan;
}

std::vector<Row> write_upsertions(const Call& call, const SchemaTarget& target, const std::vector<Upsertion>& plans) {
  const NumbersTaken taken{target.collection->table, plans.size()};
  std::vector<Row> shown;
  for (const Upsertion& plan : plans) shown.push_back(write_upsertion(call, *target.collection, plan));
  return shown;
}

Row upsert_document(const Call& call, const SchemaTarget& target, const std::string& id, Json data,
                    const Json& permissions) {
  const Upsertion plan = plan_upsertion(call, target, id, data, permissions);
  if (!plan.writes()) return may(call, *target.collection, plan.row, "read") ? plan.row : Row{};
  check_relations(call, *target.collection, data);
  const Row row = write_upsertions(call, target, {plan}).front();
  if (!target.collection->has_relationships() || row.sequence == 0) return row;
  write_relations(call, target, row, data);
  return *target.collection->table.find(id);
}

void delete_document(const Call& call, const SchemaTarget& target, const Row& stored,
                     std::optional<Time> unless_newer_than) {
  demand(call, may(call, *target.collection, stored, "delete"));
  check_time(call, stored, unless_newer_than);
  const Row copy = stored;
  drop_relations(call, target, copy);
  const Row* current = target.collection->table.find(copy.id);
  if (current == nullptr) return;
  note_write(call, *target.collection, *current, Purge::before_commit);
  target.collection->table.erase(current->sequence);
}

namespace {

/// The new number as the database stores it: it adds doubles and, for an integer column, rounds half to even.
Json stored_result(const Json& old, const Json& change, bool down, bool integral) {
  if (old.is_null()) return nullptr;
  const double step = bound_number(change).get<double>();
  const double sum = old.get<double>() + (down ? -step : step);
  if (!integral) return sum;
  constexpr double beyond = 9223372036854775808.0;
  if (sum >= beyond) return std::numeric_limits<std::int64_t>::max();
  if (sum < -beyond) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(std::nearbyint(sum));
}

/// The new number as PHP calculates it: an integer unless that overflows.
Json shown_result(const Json& old, const Json& change, bool down) {
  const Json number = old.is_null() ? Json(0) : old;
  if (number.is_number_integer() && change.is_number_integer()) {
    std::int64_t sum = 0;
    const auto step = change.get<std::int64_t>();
    const auto from = number.get<std::int64_t>();
    const bool overflow = down ? __builtin_sub_overflow(from, step, &sum) : __builtin_add_overflow(from, step, &sum);
    if (!overflow) return sum;
  }
  return number.get<double>() + (down ? -change.get<double>() : change.get<double>());
}

}  // namespace

Row increment_document(const Call& call, const SchemaTarget& target, const std::string& id, const std::string& key,
                       const Json& change, bool down, const Json& bound) {
  const Collection& collection = *target.collection;
  const Attribute* attribute = collection.attribute(key);
  if (attribute == nullptr || !attribute->available()) fail(call, "attribute_not_found");
  const bool integral = attribute->type == "integer" || attribute->type == "bigint";
  const std::string named = std::string{naming(call).service()} + " \"" + key + "\" ";
  if (attribute->array || (!integral && attribute->type != "double")) {
    throw ServerError{400, "attribute_type_invalid", named + "is not a number"};
  }
  const Row* stored = locked_row(call, collection, id);
  if (stored == nullptr) fail(call, "attribute_not_found");
  demand(call, may(call, collection, *stored, "update"));
  const auto passes = [&](const Json& sum) { return bound.is_null() || (down ? sum >= bound : sum <= bound); };
  Row shown = *stored;
  shown.set(attribute->slot, shown_result(stored->value(attribute->slot), change, down));
  if (!passes(shown.value(attribute->slot))) {
    fail(call, "attribute_limit_exceeded",
         named + "has reached the " + (down ? "minimum" : "maximum") + " value of " + write_json(bound));
  }
  const Row* current = collection.table.find(id);
  if (current == nullptr) return shown;
  const Json& old = current->value(attribute->slot);
  // PHP drops a bound of 0 on its way to the database.
  if (php_bool(bound) && !old.is_null() && !passes(shown_result(old, change, down))) return shown;
  Row row = *current;
  row.set(attribute->slot, stored_result(old, change, down, integral));
  check_column_range(call, *attribute, row.value(attribute->slot));
  row.updated_at = write_time(call.now);
  note_write(call, *target.collection, *current, Purge::after_commit);
  if (!target.collection->table.replace(std::move(row))) fail(call, "document_already_exists");
  return shown;
}

}  // namespace reel::emulator
