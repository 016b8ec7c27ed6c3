#pragma once

#include <string_view>

#include <emulator/realtime/event_names.hpp>
#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>
#include <emulator/storage/storage_state.hpp>

namespace reel::emulator {

// Handlers announce the changes that they have made. The App publishes them after the handler has returned, and drops
// them if it has thrown.

/// Announces that `action` (`create`, `update`, `upsert` or `delete`) left a document as `payload` shows it. `words`
/// are those of the event that the route declares.
void announce_document(Call& call, const SchemaTarget& target, std::string_view action, EventWords words, Json payload);
/// The same for a route whose events have the words of its path. Leaves relationships out of the payload, as the server
/// does except for `create`.
void announce_change(Call& call, const SchemaTarget& target, std::string_view action, Json payload);
/// Announces each document in the response to a bulk write. Before 1.8 these have no events.
void announce_many(Call& call, const SchemaTarget& target, std::string_view action, const Json& response);
/// Announces a document that a commit has written, given as a response shows it. From 1.8 the payload is the raw
/// document.
void announce_committed(Call& call, const SchemaTarget& target, std::string_view action, Json document);
/// Announces a change of a file. Every chunk of an upload is a `create`.
void announce_file(Call& call, const Bucket& bucket, std::string_view action, Json payload);

}  // namespace reel::emulator
