#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/http.hpp>

namespace reel::appwrite {

/// Paths and field names of the API family in use: `/databases`, or `/tablesdb` (Appwrite 1.8.0), which accesses the
/// same records under other names. Functions with an id throw as `path_of`. Thread-safe.
class Routes {
 public:
  Routes(std::string database, bool tables) : database_(std::move(database)), tables_(tables) {}

  /// The id of the database in all paths.
  [[nodiscard]] const std::string& database_id() const { return database_; }
  // Paths of resources and lists, without the endpoint.
  [[nodiscard]] std::string databases() const { return path_of({root()}); }
  [[nodiscard]] std::string database() const { return path_of({root(), database_}); }
  [[nodiscard]] std::string collections() const { return database() + path_of({tables_ ? "tables" : "collections"}); }
  [[nodiscard]] std::string collection(std::string_view id) const { return collections() + path_of({id}); }
  [[nodiscard]] std::string attributes(std::string_view collection_id) const {
    return collection(collection_id) + path_of({attributes_word()});
  }
  [[nodiscard]] std::string indexes(std::string_view collection_id) const {
    return collection(collection_id) + path_of({"indexes"});
  }
  [[nodiscard]] std::string documents(std::string_view collection_id) const {
    return collection(collection_id) + path_of({documents_word()});
  }
  [[nodiscard]] std::string document(std::string_view collection_id, std::string_view id) const {
    return documents(collection_id) + path_of({id});
  }
  [[nodiscard]] std::string transactions() const { return path_of({root(), "transactions"}); }
  [[nodiscard]] std::string transaction(std::string_view id) const { return transactions() + path_of({id}); }

  // Names of members in requests and responses.
  [[nodiscard]] const char* collection_id_word() const { return tables_ ? "tableId" : "collectionId"; }
  [[nodiscard]] const char* document_id_word() const { return tables_ ? "rowId" : "documentId"; }
  [[nodiscard]] const char* document_security_word() const { return tables_ ? "rowSecurity" : "documentSecurity"; }
  [[nodiscard]] const char* attribute_word() const { return tables_ ? "column" : "attribute"; }
  [[nodiscard]] const char* attributes_word() const { return tables_ ? "columns" : "attributes"; }
  [[nodiscard]] const char* documents_word() const { return tables_ ? "rows" : "documents"; }

 private:
  /// The first segment of all paths.
  [[nodiscard]] const char* root() const { return tables_ ? "tablesdb" : "databases"; }

  std::string database_;
  bool tables_;
};

}  // namespace reel::appwrite
