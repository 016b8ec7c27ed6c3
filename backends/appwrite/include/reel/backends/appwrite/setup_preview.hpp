#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/buckets.hpp>
#include <reel/backends/appwrite/collection_reader.hpp>
#include <reel/backends/appwrite/column_definition.hpp>
#include <reel/backends/appwrite/diagnosis.hpp>
#include <reel/backends/appwrite/record_reader.hpp>
#include <reel/backends/appwrite/schema_check.hpp>
#include <reel/backends/appwrite/server_access.hpp>
#include <reel/driver/foreign_column.hpp>
#include <reel/driver/setup_preview.hpp>

/// Previews of setups. Sends read requests, and writes that the server refuses.
namespace reel::appwrite {

/// Throws `forbidden` if the key lacks the scope. 1 request, which the server refuses in either case.
inline void require_scope(const Client& client, std::string_view scope) {
  for (const ScopeProbe& probe : scope_probes) {
    if (probe.scope != scope) continue;
    const ScopeCheck check = check_scope(client, probe);
    if (!check.granted) throw Error(Errc::forbidden, check.problem);
  }
}

/// The error that a key without the scope would get, or `nullopt` if it has it. 1 request.
[[nodiscard]] inline std::optional<Error> refusal_of(const Client& client, std::string_view scope) {
  try {
    require_scope(client, scope);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() != Errc::forbidden) throw;
    return error;
  }
}

/// The changes of a plan, one sentence each.
[[nodiscard]] inline std::vector<std::string> changes_of(const SchemaPlan& plan) {
  std::vector<std::string> changes;
  for (const ServerAttribute& one : plan.new_attributes) changes.push_back("attribute '" + one.key + "' is created");
  for (const ServerAttribute& one : plan.changed_attributes)
    changes.push_back("attribute '" + one.key + "' is changed");
  for (const ServerIndex& one : plan.new_indexes) changes.push_back("index '" + one.key + "' is created");
  return changes;
}

/// The attributes and indexes of the schema that the collection has before the plan; null if it has all. An index over
/// an attribute that it lacks, or that is created again, is not among them.
[[nodiscard]] inline std::shared_ptr<const driver::CollectionSchema> stored_part(const driver::CollectionSchema& schema,
                                                                                 const SchemaPlan& plan) {
  const auto has = [](const auto& created, const std::string& key) {
    return std::any_of(created.begin(), created.end(), [&](const auto& one) { return one.key == key; });
  };
  const auto lacks_column = [&](const driver::IndexPart& one) {
    return has(plan.new_attributes, schema.attributes[static_cast<std::size_t>(one.attribute)].name);
  };
  driver::CollectionSchema part = schema;
  std::erase_if(part.attributes, [&](const auto& attribute) { return has(plan.new_attributes, attribute.name); });
  std::erase_if(part.indexes, [&](const auto& index) {
    return has(plan.new_indexes, index.name) || std::any_of(index.parts.begin(), index.parts.end(), lacks_column);
  });
  if (part.attributes.size() == schema.attributes.size() && part.indexes.size() == schema.indexes.size())
    return nullptr;
  for (driver::IndexSchema& index : part.indexes) {
    for (driver::IndexPart& one : index.parts)
      one.attribute = *part.position(schema.attributes[static_cast<std::size_t>(one.attribute)].name);
  }
  return std::make_shared<const driver::CollectionSchema>(std::move(part));
}

/// Returns what `Setup` would do, or throws the error that would prevent it from starting. 2 requests, 1 more if it
/// matters whether there are records, and 1 more if the schema has permissions. Throws `forbidden` if the database does
/// not exist and the key may not create one.
[[nodiscard]] inline driver::SetupPreview look_ahead(const Client& client, const Routes& routes,
                                                     const driver::CollectionSchema& schema) {
  check_limits(schema);
  const CollectionReader collection(client, routes, schema.id);
  ServerCollection stored;
  try {
    stored = collection.read();
  } catch (const Error& error) {
    const bool lacks_database = has_type(error, "database_not_found");
    if (!lacks_database && !has_type(error, "collection_not_found")) throw;
    if (lacks_database) require_scope(client, "databases.write");
    return {};
  }
  const SchemaPlan plan = SchemaComparison(schema, stored)();
  check_plan(client, plan, !plan.conflicts_with_records.empty() && collection.has_records());
  driver::SetupPreview preview{.exists = true, .changes = changes_of(plan), .stored = stored_part(schema, plan)};
  if (schema.access && !driver::same_access(CollectionAccess(client, routes, schema.id).read(), *schema.access))
    preview.changes.emplace_back("the permissions of the collection are changed");
  return preview;
}

/// As `look_ahead`, and throws `forbidden` if the key may not make the changes. 1 or 2 requests more.
[[nodiscard]] inline driver::SetupPreview preview_setup(const Client& client, const Routes& routes,
                                                        const driver::CollectionSchema& schema) {
  driver::SetupPreview preview = look_ahead(client, routes, schema);
  if (!preview.exists || !preview.changes.empty()) require_scope(client, "collections.write");
  preview.refusal = refusal_of(client, "documents.write");
  return preview;
}

/// As `BucketSetup::preview`, and reports whether the key may write files. 1 request more.
[[nodiscard]] inline driver::SetupPreview preview_setup(const BucketSetup& setup, const Client& client) {
  driver::SetupPreview preview = setup.preview();
  preview.refusal = refusal_of(client, "files.write");
  return preview;
}

/// The columns that only the server has, with the number of records that have a value in each. 2 requests, and 1 for
/// each 5,000 records of each column. Throws `not_found` if the collection does not exist.
[[nodiscard]] inline std::vector<driver::ForeignColumn> foreign_columns(const Client& client, const Routes& routes,
                                                                        const driver::CollectionSchema& schema) {
  std::vector<driver::ForeignColumn> columns;
  const ServerCollection stored = CollectionReader(client, routes, schema.id).read();
  for (const std::string& key : SchemaComparison(schema, stored)().foreign_columns) {
    driver::ForeignColumn column{.name = key};
    for (const ServerAttribute& one : stored.attributes)
      if (one.key == key) column.definition = definition_of(one);
    driver::CollectionSchema only{.id = schema.id, .name = schema.name};
    only.attributes.push_back({.name = key, .kind = driver::AttributeType::text, .required = false});
    const driver::QueryTree has_value{.where = {{.op = driver::Operator::is_not_null, .attribute = 0}}};
    try {
      column.records = RecordReader(client, routes, only, has_value).count();
    } catch (const Error& error) {  // an encrypted column or a relationship; without a number
      if (error.code() != Errc::invalid) throw;
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

/// The attributes of the schema that are encrypted on the server, so that no condition on them is possible. 2 requests.
[[nodiscard]] inline std::vector<std::string> encrypted_columns(const Client& client, const Routes& routes,
                                                                const driver::CollectionSchema& schema) {
  std::vector<std::string> encrypted;
  for (const ServerAttribute& one : CollectionReader(client, routes, schema.id).read().attributes) {
    if (one.encrypted && schema.position(one.key)) encrypted.push_back(one.key);
  }
  return encrypted;
}

}  // namespace reel::appwrite
