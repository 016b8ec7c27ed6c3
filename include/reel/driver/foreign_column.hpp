#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reel/driver/collection_schema.hpp>

namespace reel::driver {

/// A column that another program has added to a collection and that the schema does not list. Reel neither reads nor
/// changes its values.
struct ForeignColumn {
  /// Name of the column in the store.
  std::string name{};
  /// Number of records with a value in it; empty if the store cannot count them.
  std::optional<std::int64_t> records{};
  /// The attribute as which its values can be read and written; empty where the store cannot.
  std::optional<AttributeSchema> definition{};

  /// A description for messages: `column 'rating' of OWNER, which is not in the schema, with values in 12 records`.
  /// `owner`: a name for the collection, as messages use it.
  [[nodiscard]] std::string text(std::string_view owner) const {
    const bool one = records == 1;
    return "column '" + name + "' of " + std::string(owner) + ", which is not in the schema, with values in " +
           (records ? std::to_string(*records) : "an unknown number of") + (one ? " record" : " records");
  }
};

}  // namespace reel::driver
