#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include <reel/backends/appwrite/condition_json.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/server_schema.hpp>

/// Operations of a transaction that are carried out only if a record's version is still N: a compare-and-swap on the
/// 4-byte column `reel_ver`, decided by the database on the row as it is, whatever the server has in its cache.
///
///     row has N       +  (2147483647 - N)      = 2147483647, the end of the column
///                     -  (2147483647 - N - 1)  = N + 1
///     row has N+k     +  (2147483647 - N)      > 2147483647: the database refuses (1264), all is rolled back
///     row is gone     the second step finds no record, or one whose version is below its `min`: all is rolled back
namespace reel::appwrite {

/// The queries that name one record.
[[nodiscard]] inline Json queries_for(std::string_view id) {
  return Json::array({query_of("equal", "$id", Json::array({std::string(id)})).dump()});
}

/// A value of an update that adds to a number.
[[nodiscard]] inline Json added(const Json& amount) { return {{"method", "increment"}, {"values", {amount}}}; }

/// Makes the operations of transactions on the records of one collection.
class OperationMaker {
 public:
  OperationMaker(const Client& client, const Routes& routes, const std::string& collection)
      : client_(client), routes_(routes), collection_(collection) {}

  /// Writes `data` if the record has the version. `unsupported` at the end of the versions.
  [[nodiscard]] Json::array_t guarded_update(std::string_view id, std::int64_t version, Json data) const {
    check(id, version);
    Json::array_t operations;
    const std::int64_t to_the_end = last_version - version;
    if (client_.has(Ability::operators)) {
      data[std::string(version_attribute)] = added(to_the_end);
      operations.push_back(update(id, std::move(data)));
    } else {
      if (!data.empty()) operations.push_back(update(id, std::move(data)));
      operations.push_back(step("increment", id, {{"value", to_the_end}}));
    }
    operations.push_back(step("decrement", id, {{"value", to_the_end - 1}, {"min", version + 1}}));
    return operations;
  }

  /// Removes the record if it has the version. The second step of the guard is needed here, too: the removal of a
  /// record that an operation before has changed succeeds when the record is gone.
  [[nodiscard]] Json::array_t guarded_removal(std::string_view id, std::int64_t version) const {
    Json::array_t operations = guarded_update(id, version, Json::object());
    operations.push_back(removal(id));
    return operations;
  }

  /// Writes `data` whatever the version, and counts the change: for servers without operators.
  [[nodiscard]] Json::array_t counted_update(std::string_view id, Json data) const {
    return {update(id, std::move(data)), step("increment", id, {{"value", 1}})};
  }

  /// Creates a record. `data` has its permissions, too.
  [[nodiscard]] Json creation(std::string_view id, Json data) const {
    Json operation = operation_of("create");
    operation[routes_.document_id_word()] = std::string(id);
    operation["data"] = std::move(data);
    return operation;
  }

  /// Adds a number, which is not 0, to an attribute of a record that an operation before has written.
  [[nodiscard]] Json addition(std::string_view id, const std::string& attribute, double amount) const {
    Json operation = step(amount < 0 ? "decrement" : "increment", id, {{"value", std::fabs(amount)}});
    operation["data"][routes_.attribute_word()] = attribute;
    return operation;
  }

  [[nodiscard]] Json removal(std::string_view id) const {
    Json operation = operation_of("delete");
    operation[routes_.document_id_word()] = std::string(id);
    return operation;
  }

 private:
  static void check(std::string_view id, std::int64_t version) {
    if (version <= last_version - 2) return;
    throw Error(Errc::unsupported, "record '" + std::string(id) +
                                       "' was changed 2147483646 times, and its version cannot count further: "
                                       "create it again under this or another id");
  }

  [[nodiscard]] Json operation_of(const char* action) const {
    return {{"action", action}, {"databaseId", routes_.database_id()}, {routes_.collection_id_word(), collection_}};
  }
  [[nodiscard]] Json update(std::string_view id, Json data) const {
    Json operation = operation_of("bulkUpdate");
    operation["data"] = {{"queries", queries_for(id)}, {"data", std::move(data)}};
    return operation;
  }
  [[nodiscard]] Json step(const char* action, std::string_view id, Json data) const {
    Json operation = operation_of(action);
    operation[routes_.document_id_word()] = std::string(id);
    data[routes_.attribute_word()] = std::string(version_attribute);
    operation["data"] = std::move(data);
    return operation;
  }

  const Client& client_;
  const Routes& routes_;
  const std::string& collection_;
};

}  // namespace reel::appwrite
