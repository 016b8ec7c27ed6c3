#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/permission.hpp>

#include "store.hpp"

namespace tool {

/// A collection or bucket of the pipeline, and the permissions in it. Errors name it.
class Container {
 public:
  /// `name` is that of a collection, or of a bucket if no collection has it. `is_bucket`: only of a bucket. Throws
  /// `UsageError` with the valid names for another one.
  Container(const std::string& name, bool is_bucket);

  [[nodiscard]] const std::string& id() const;
  [[nodiscard]] bool is_bucket() const { return std::holds_alternative<reel::Bucket>(self_); }
  /// `collection videos`
  [[nodiscard]] std::string text() const;
  /// `record 42 of collection videos`; without an id, `text()`.
  [[nodiscard]] std::string text(const std::string& item) const;

  /// The permissions of the collection or bucket. Throws `unsupported` for a store that does not keep them, `not_found`
  /// if the store was not set up.
  [[nodiscard]] reel::AccessRules rules(Store& store) const;
  /// Replaces them, whatever another program has stored since `rules`.
  void set_rules(Store& store, reel::AccessRules rules) const;

  using Permissions = std::vector<reel::Permission>;
  /// The permissions of a record or blob. Throws `not_found` if it does not exist.
  [[nodiscard]] Permissions permissions(Store& store, const std::string& item) const;
  /// Replaces the permissions of a record or blob by the result of `change`, unless they are the same. Of a record: if
  /// another program changes it at the same time, calls `change` again with the new permissions. Throws as above.
  void change_permissions(Store& store, const std::string& item,
                          const std::function<Permissions(const Permissions&)>& change) const;

 private:
  using Schema = const reel::driver::CollectionSchema*;

  std::variant<Schema, reel::Bucket> self_;
};

}  // namespace tool
