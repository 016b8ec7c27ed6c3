#include <emulator/realtime/events.hpp>

#include <utility>

#include <emulator/realtime/hub.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/project.hpp>

namespace reel::emulator {
namespace {

/// The roles that may read the container or, if `own` is set, the object itself.
std::vector<std::string> readers_of(const Permissions& container, bool own, const Json& payload) {
  std::vector<std::string> readers = roles_with(container, "read");
  const Json* permissions = own ? member(payload, "$permissions") : nullptr;
  if (permissions == nullptr) return readers;
  for (std::string& role : roles_with(permissions_from(*permissions), "read")) readers.push_back(std::move(role));
  return readers;
}

std::string text_member(const Json& payload, std::string_view name) {
  const Json* value = member(payload, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

/// Changes a document of a response to the raw document of the database: its sequence is a string, and it names the
/// table in the database.
Json raw_document(const SchemaTarget& target, Json document) {
  const Json* sequence = member(document, "$sequence");
  if (sequence != nullptr && sequence->is_number()) document["$sequence"] = sequence->dump();
  document["$collection"] = "database_" + std::to_string(target.database->sequence) + "_collection_" +
                            std::to_string(target.collection->sequence);
  return document;
}

/// Whether there are connections. None can start while the handler holds the mutex of the project.
bool has_listeners(const Call& call) { return call.project.hub->size() > 0; }

}  // namespace

void announce_document(Call& call, const SchemaTarget& target, std::string_view action, EventWords words,
                       Json payload) {
  if (!has_listeners(call)) return;
  const Collection& collection = *target.collection;
  const std::string id = text_member(payload, "$id");
  std::string parent = text_member(payload, "$tableId");
  if (parent.empty()) parent = text_member(payload, "$collectionId");
  const bool in_tablesdb = target.database->type == "tablesdb";
  call.events.push_back(
      {document_event_names({target.database->id, collection.id, id}, action, words, in_tablesdb, call.version),
       document_channels({target.database->id, parent, id}, action, call.version),
       readers_of(collection.permissions, collection.document_security, payload), std::move(payload)});
}

void announce_change(Call& call, const SchemaTarget& target, std::string_view action, Json payload) {
  for (const auto& attribute : target.collection->attributes) {
    if (attribute->is_relationship()) payload.erase(attribute->key);
  }
  const EventWords words = naming(call).tables ? EventWords::tables : EventWords::collections;
  announce_document(call, target, action, words, std::move(payload));
}

void announce_many(Call& call, const SchemaTarget& target, std::string_view action, const Json& response) {
  if (!call.since(1, 8) || !has_listeners(call)) return;
  for (const Json& document : response.at(std::string{naming(call).document()} + "s")) {
    Json payload = raw_document(target, document);
    if (action == "create") payload.erase("$collection");
    announce_document(call, target, action, EventWords::collections, std::move(payload));
  }
}

void announce_committed(Call& call, const SchemaTarget& target, std::string_view action, Json document) {
  Json payload = raw_document(target, std::move(document));
  payload.erase("$databaseId");
  for (const char* name : {"$tableId", "$collectionId"}) payload[name] = target.collection->id;
  const EventWords words = naming(call).tables ? EventWords::tables : EventWords::collections;
  announce_document(call, target, action, words, std::move(payload));
}

void announce_file(Call& call, const Bucket& bucket, std::string_view action, Json payload) {
  if (!has_listeners(call)) return;
  const std::string id = text_member(payload, "$id");
  call.events.push_back({file_event_names(bucket.id, id, action), file_channels(bucket.id, id, action, call.version),
                         readers_of(bucket.rules.permissions, bucket.rules.file_security, payload),
                         std::move(payload)});
}

}  // namespace reel::emulator
