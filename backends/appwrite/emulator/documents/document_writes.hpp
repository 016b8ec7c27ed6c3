#pragma once

#include <optional>
#include <string>
#include <vector>

#include <emulator/schema/schema_access.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// The writes that routes, bulk operations and transactions share. They check structure and permissions, and throw the
// errors of the route. `data` has been through drop_reserved(); `permissions` null: as they are, or the default.

/// A row to be made, checked. `data` is left encoded and whole.
Row plan_creation(const Call& call, const Collection& collection, const std::string& id, Json& data,
                  const Json& permissions);
/// The row as it was made.
Row create_document(const Call& call, const SchemaPlace& place, const std::string& id, Json data,
                    const Json& permissions);

/// The row as it is then. It takes the id as `id` has it, upper and lower case. A write that changes nothing keeps
/// `$updatedAt` and needs the right to read only. `unless_newer_than`: throws 409 if the row was changed after that
/// time. `stored` is what the server takes for the stored row: all columns of it are written, and nothing if that row
/// is gone.
Row update_document(const Call& call, const SchemaPlace& place, const Row& stored, const std::string& id, Json data,
                    const Json& permissions, std::optional<Time> unless_newer_than = std::nullopt);

/// What an upsert is about to write.
struct Upsertion {
  std::string id;  ///< As it was sent, upper and lower case.
  Row row;         ///< As the answer shows it. Without an id if there is none, and none is to be made.
  Row bound;       ///< As the database keeps it.
  bool makes = false;
  bool changes = false;

  bool writes() const noexcept { return makes || changes; }
};
/// Keeps what `data` leaves out, but every required attribute must be in it. A document that says nothing, only what
/// PHP takes for null, is not made.
Upsertion plan_upsertion(const Call& call, const SchemaPlace& place, const std::string& id, Json data,
                         const Json& permissions);
/// Writes all of them in one statement, which takes a number for each. Returns the rows as answers show them.
std::vector<Row> write_upsertions(const Call& call, const SchemaPlace& place, const std::vector<Upsertion>& plans);

/// Both, for one document; without an id: nothing was made.
Row upsert_document(const Call& call, const SchemaPlace& place, const std::string& id, Json data,
                    const Json& permissions);

void delete_document(const Call& call, const SchemaPlace& place, const Row& stored,
                     std::optional<Time> unless_newer_than = std::nullopt);

/// Adds to a number, or takes from it if `down`. The row returned shows the sum, but the old `$updatedAt`; what is
/// stored is rounded, and a null stays null. `bound` null: none. The bound is compared with what the server takes for
/// the stored row, and again, without a word, with the stored one.
Row increment_document(const Call& call, const SchemaPlace& place, const std::string& id, const std::string& key,
                       const Json& change, bool down, const Json& bound);

}  // namespace reel::emulator
