#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/condition_json.hpp>
#include <reel/backends/appwrite/operator_text.hpp>
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

/// The operations of one transaction.
using Operations = std::vector<json::Object>;

/// Makes the operations of transactions on the records of one collection.
class OperationMaker {
 public:
  OperationMaker(const Client& client, const Routes& routes, const std::string& collection)
      : client_(client), routes_(routes), collection_(collection) {}

  /// Writes `data` if the record has the version. `unsupported` at the end of the versions.
  [[nodiscard]] Operations guarded_update(std::string_view id, std::int64_t version, json::Object data) const {
    check(id, version);
    Operations operations;
    const std::int64_t to_the_end = last_version - version;
    if (client_.has(Ability::operators)) {
      data.add(version_attribute, operator_that_adds(to_the_end));
      operations.push_back(update(id, data));
    } else {
      if (!data.empty()) operations.push_back(update(id, data));
      operations.push_back(count("increment", id, json::Object{}.add("value", to_the_end)));
    }
    operations.push_back(count("decrement", id, json::Object{}.add("value", to_the_end - 1).add("min", version + 1)));
    return operations;
  }

  /// Removes the record if it has the version. The second step of the guard is needed here, too: the removal of a
  /// record that an operation before has changed succeeds when the record is gone.
  [[nodiscard]] Operations guarded_removal(std::string_view id, std::int64_t version) const {
    Operations operations = guarded_update(id, version, {});
    operations.push_back(removal(id));
    return operations;
  }

  /// Writes `data` whatever the version, and counts the change: for servers without operators.
  [[nodiscard]] Operations counted_update(std::string_view id, const json::Object& data) const {
    return {update(id, data), count("increment", id, json::Object{}.add("value", 1))};
  }

  /// Creates a record. `data` has its permissions, too.
  [[nodiscard]] json::Object creation(std::string_view id, const json::Object& data) const {
    return operation_on("create", id).add("data", data);
  }

  /// Adds a number, which is not 0, to an attribute of a record that an operation before has written.
  [[nodiscard]] json::Object addition(std::string_view id, const std::string& attribute, double amount) const {
    return step(amount < 0 ? "decrement" : "increment", id, attribute,
                json::Object{}.add_json("value", float_json(std::fabs(amount))));
  }

  [[nodiscard]] json::Object removal(std::string_view id) const { return operation_on("delete", id); }

 private:
  static void check(std::string_view id, std::int64_t version) {
    if (version <= last_version - 2) return;
    throw Error(Errc::unsupported, "record '" + std::string(id) +
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
  [[nodiscard]] json::Object update(std::string_view id, const json::Object& data) const {
    return operation("bulkUpdate").add("data", update_of(id, data));
  }
  [[nodiscard]] json::Object step(const char* action, std::string_view id, std::string_view attribute,
                                  json::Object data) const {
    return operation_on(action, id).add("data", data.add(routes_.attribute_word(), attribute));
  }
  /// A step of the version.
  [[nodiscard]] json::Object count(const char* action, std::string_view id, json::Object data) const {
    return step(action, id, version_attribute, std::move(data));
  }

  const Client& client_;
  const Routes& routes_;
  const std::string& collection_;
};

}  // namespace reel::appwrite
