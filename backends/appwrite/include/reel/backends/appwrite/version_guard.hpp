#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/condition_json.hpp>
#include <reel/backends/appwrite/operator_text.hpp>
#include <reel/backends/appwrite/query_text.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/server_schema.hpp>
#include <reel/driver/document.hpp>

/// The record protocol. Every change of a record by Reel adds one to its column `reel_ver`. A write that depends on
/// version N is sent in a transaction with two more steps that only succeed if the row still has version N: a
/// compare-and-swap, decided by the database on the current row, independently of the server's cache (Appwrite 1.8.0
/// and later on MariaDB).
///
///     row has N       +  (2147483647 - N)      = 2147483647, the end of the 4-byte column
///                     -  (2147483647 - N - 1)  = N + 1
///     row has N+k     +  (2147483647 - N)      > 2147483647: MariaDB refuses (error 1264), all is rolled back
///     row is gone     the second step finds no record, or one whose version is below its `min`: all is rolled back
///
/// A change by another program, such as the console, leaves the version as it is. So the bulk update also asks for the
/// time of the last change that was read. If it has moved on, no row is updated, and the second step falls below its
/// `min`. The server finds the rows immediately before it updates them: a change by another program in between, within
/// milliseconds, is overwritten.
///
/// With operators (1.8.1) the first step and the data are one bulk update, in which a null version counts as 0. Before,
/// the first step is a separate increment, which has no query for the time, and null plus a number stays null, so that
/// every record needs a version.
/// The second step cannot be a bulk update: the server would check its operator against its own copy of the record, and
/// refuse it.
namespace reel::appwrite {

/// The operations of one transaction, in their order.
using Operations = std::vector<json::Object>;

/// Builds the operations of transactions on the records of one collection. Sends no request. The references must
/// outlive the object.
class OperationMaker {
 public:
  OperationMaker(const Client& client, const Routes& routes, const std::string& collection)
      : client_(client), routes_(routes), collection_(collection) {}

  /// Writes `data` if the record is in the version that was read. The last operation leaves the next version. Throws
  /// `unsupported` if the version cannot be counted further.
  [[nodiscard]] Operations guarded_update(const driver::Document& read, json::Object data) const {
    check(read);
    Operations operations;
    const std::int64_t to_the_end = last_version - read.revision;
    if (client_.has(Ability::operators)) {
      data.add(version_attribute, operator_that_adds(to_the_end));
      operations.push_back(update(data, {id_query(read.id), time_query(read.updated_at)}));
    } else {
      if (!data.empty()) operations.push_back(update(data, {id_query(read.id)}));
      operations.push_back(count("increment", read.id, json::Object{}.add("value", to_the_end)));
    }
    operations.push_back(
        count("decrement", read.id, json::Object{}.add("value", to_the_end - 1).add("min", read.revision + 1)));
    return operations;
  }

  /// Removes the record if it is in the version that was read. Needs the second step of the guard too: the removal of a
  /// record that an earlier operation of the transaction changed also succeeds when the record is gone.
  [[nodiscard]] Operations guarded_removal(const driver::Document& read) const {
    Operations operations = guarded_update(read, {});
    operations.push_back(removal(read.id));
    return operations;
  }

  /// Writes `data` whatever the version is, and counts the change. For servers without operators.
  [[nodiscard]] Operations counted_update(std::string_view id, const json::Object& data) const {
    return {update(data, {id_query(id)}), count("increment", id, json::Object{}.add("value", 1))};
  }

  /// Creates a record. `data` includes its permissions.
  [[nodiscard]] json::Object creation(std::string_view id, const json::Object& data) const {
    return operation_on("create", id).add("data", data);
  }

  /// Adds a number other than 0 to an attribute of a record that an earlier operation has written.
  [[nodiscard]] json::Object addition(std::string_view id, const std::string& attribute, double amount) const {
    return step(amount < 0 ? "decrement" : "increment", id, attribute,
                json::Object{}.add_json("value", float_json(std::fabs(amount))));
  }

  /// Removes a record. Alone in a transaction, this decides which of several removals succeeds.
  [[nodiscard]] json::Object removal(std::string_view id) const { return operation_on("delete", id); }

 private:
  /// Throws `unsupported` if the two steps have no room in the column.
  static void check(const driver::Document& read) {
    if (read.revision <= last_version - 2) return;
    throw Error(Errc::unsupported, "record '" + read.id +
                                       "' was changed 2147483646 times, and its version cannot count further: "
                                       "create it again under this or another id");
  }

  [[nodiscard]] json::Object operation(const char* action) const {
    return json::Object{}
        .add("action", action)
        .add("databaseId", routes_.database_id())
        .add(routes_.collection_id_word(), collection_);
  }
  [[nodiscard]] json::Object operation_on(const char* action, std::string_view id) const {
    return operation(action).add(routes_.document_id_word(), id);
  }
  [[nodiscard]] json::Object update(const json::Object& data, const std::vector<std::string>& queries) const {
    return operation("bulkUpdate").add("data", update_of(data, queries));
  }
  [[nodiscard]] json::Object step(const char* action, std::string_view id, std::string_view attribute,
                                  json::Object data) const {
    return operation_on(action, id).add("data", data.add(routes_.attribute_word(), attribute));
  }
  /// An operation that changes the version.
  [[nodiscard]] json::Object count(const char* action, std::string_view id, json::Object data) const {
    return step(action, id, version_attribute, std::move(data));
  }

  const Client& client_;
  const Routes& routes_;
  const std::string& collection_;
};

}  // namespace reel::appwrite
