#pragma once

#include <optional>
#include <string>
#include <vector>

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// Writes that routes, bulk operations and transactions share. They check structure and permissions and throw the errors
// of the route. Callers hold the project's mutex. `data` has passed drop_reserved(). `permissions` null: unchanged or,
// for a new document, the default.

/// Builds and checks a row without inserting it. Encodes `data` and adds the defaults to it. Throws 401 or 400.
Row plan_creation(const Call& call, const Collection& collection, const std::string& id, Json& data,
                  const Json& permissions);
/// Creates a document and its relations. Returns the row as the response shows it. Throws 409
/// `document_already_exists`, also for a violated unique key.
Row create_document(const Call& call, const SchemaTarget& target, const std::string& id, Json data,
                    const Json& permissions);

/// Updates a document and returns the row as the response shows it. The document takes the case of `id`. `stored` is
/// the row that the server believes to be stored, maybe a stale one: all of its columns are written, or nothing if that
/// row is gone. A write that changes nothing keeps `$updatedAt` and needs only the right to read. Throws 409
/// `document_update_conflict` if the row is newer than `unless_newer_than`, 409 `document_already_exists` for a
/// violated unique key, 400 and 401.
Row update_document(const Call& call, const SchemaTarget& target, const Row& stored, const std::string& id, Json data,
                    const Json& permissions, std::optional<Time> unless_newer_than = std::nullopt);

/// A planned upsert.
struct Upsertion {
  std::string id;        ///< As sent, with its case.
  Row row;               ///< As the response shows it. Its id is empty if no row exists and none is to be created.
  Row bound;             ///< As the database stores it.
  bool creates = false;  ///< Whether it creates a row.
  bool changes = false;  ///< Whether it changes a row.

  bool writes() const noexcept { return creates || changes; }
};
/// Plans an upsert without writing. Attributes that `data` leaves out keep their values, but required ones must be
/// present. Without a stored row, `data` that contains only values loosely equal to null creates nothing. Throws 400 or
/// 401.
Upsertion plan_upsertion(const Call& call, const SchemaTarget& target, const std::string& id, Json data,
                         const Json& permissions);
/// Writes the plans in one statement, which uses one sequence number for each. Returns the rows as responses show them.
/// Throws 409 `document_already_exists`.
std::vector<Row> write_upsertions(const Call& call, const SchemaTarget& target, const std::vector<Upsertion>& plans);

/// Plans and writes one upsert. Returns the row as the response shows it. Its id is empty if nothing was written and
/// the caller cannot read the document, or there is none.
Row upsert_document(const Call& call, const SchemaTarget& target, const std::string& id, Json data,
                    const Json& permissions);

/// Deletes a document after applying the `onDelete` rules of its relationships. Does nothing if the row is gone. Throws
/// 409 `document_update_conflict` if it is newer than `unless_newer_than`, 403 `document_delete_restricted` and 401.
void delete_document(const Call& call, const SchemaTarget& target, const Row& stored,
                     std::optional<Time> unless_newer_than = std::nullopt);

/// Adds `change` to a number or, if `down`, subtracts it. The returned row has the exact result and the old
/// `$updatedAt`; the stored number is rounded, and a null stays null. `bound` is a maximum or, if `down`, a minimum;
/// null: none. It is compared with the row that the server believes to be stored, which throws 400
/// `attribute_limit_exceeded`, and again with the stored row, which then stays unchanged without an error. Throws 404
/// `attribute_not_found`, also for a missing document, 400 `attribute_type_invalid` and 401.
Row increment_document(const Call& call, const SchemaTarget& target, const std::string& id, const std::string& key,
                       const Json& change, bool down, const Json& bound);

}  // namespace reel::emulator
