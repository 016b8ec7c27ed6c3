#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/fit.hpp>
#include <reel/backends/legacy/tree_collections.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/error.hpp>

/// The records of `videos`, `scenes`, `agent_memory` and `artifacts`, with the attributes of a given schema.
namespace reel::legacy {

/// Whether attributes with a `TreeAttribute::source` are read from disk. If they are skipped, their values from files
/// are null.
enum class Texts { read, skip };

/// Creates the documents of rows. It keeps the files that it has read, so it is created for one document or a few.
/// Every value fits its attribute; see `fit`. Not thread-safe.
class DocumentMaker {
 public:
  /// All references must outlive this.
  ///
  /// - `schema`: of a collection of the tree; determines the attributes, of which unknown ones have their default
  DocumentMaker(const Tree& tree, const TreeBlobs& blobs, const driver::CollectionSchema& schema)
      : files_(tree, blobs), schema_(schema), collection_(tree_collection(schema.id)) {}

  /// The loss of a value that does not fit its attribute.
  struct Unfit {
    std::string attribute{};
    Fit fit = Fit::whole;
    std::string reason{};             ///< the rule that the value broke
    std::optional<FileIndex> file{};  ///< that contains it; none if there are several, or if an overlay does
  };
  /// Those that were met so far.
  [[nodiscard]] const std::vector<Unfit>& unfit() const { return unfit_; }

  /// The document of a row. Throws `unavailable` for a file that cannot be read or has changed since the tree was read.
  [[nodiscard]] driver::Document document(const LegacyRow& row, Texts texts) const {
    const Override* permissions = override_of(row, overlay_key::permissions);
    driver::Document document{
        .id = row.id,
        .sequence = row.sequence,
        .created_at = moment(row, overlay_key::created_at),
        .updated_at = moment(row, overlay_key::updated_at),
        .permissions = permissions ? permissions_of(permissions->value) : std::vector<Permission>{}};
    for (const driver::AttributeSchema& attribute : schema_.attributes)
      document.values.push_back(stored(row, attribute, texts));
    return document;
  }

  /// The document with only those file contents that the indexes of the schema need. A file that cannot be read leaves
  /// its attribute as it is without the file; the error is reported when the record is read.
  [[nodiscard]] driver::Document indexed(const LegacyRow& row) const {
    driver::Document document = this->document(row, Texts::skip);
    for (const driver::IndexSchema& index : schema_.indexes) {
      for (const driver::IndexPart& part : index.parts) {
        const auto position = static_cast<std::size_t>(part.attribute);
        if (!known(schema_.attributes[position].name).source) continue;
        try {
          document.values[position] = stored(row, schema_.attributes[position], Texts::read);
        } catch (const Error&) {  // reported when the record is read
        }
      }
    }
    return document;
  }

  /// The value of an attribute: that of the overlay, unless the files have changed since it was written; otherwise
  /// `derived`. With `Texts::skip`, an override of a file's content applies without a look at the file. overlay.hpp
  /// draws the rule.
  [[nodiscard]] driver::Value value(const LegacyRow& row, const driver::AttributeSchema& attribute, Texts texts) const {
    const Override* entry = override_of(row, attribute.name);
    if (!entry) return derived(row, attribute, texts);
    const bool always = entry->instead_of.empty() || (texts == Texts::skip && known(attribute.name).source);
    if (!always) {
      driver::Value by_files = derived(row, attribute, texts);
      if (fingerprint(by_files) != entry->instead_of) return by_files;
    }
    FittedValue value = fit(attribute, fitted(attribute, entry->value), known(attribute.name).is_name);
    note(attribute, value, std::nullopt);
    return value.fit == Fit::left_out ? derived(row, attribute, texts) : std::move(value.value);
  }

  /// The value of an attribute, or of the record's own times and permissions, according to the files alone. Null for a
  /// record without files.
  [[nodiscard]] driver::Value derived(const LegacyRow& row, const driver::AttributeSchema& attribute,
                                      Texts texts) const {
    if (attribute.name == overlay_key::permissions) return driver::Value{driver::List{}};
    const TreeAttribute& one = known(attribute.name);
    const bool is_derived = one.value && row.has_files() && (!one.source || texts == Texts::read);
    FittedValue value = fit(attribute, is_derived ? one.value(files_, row) : driver::Value{}, one.is_name);
    note(attribute, value, one.source && row.has_files() ? one.source(row) : std::nullopt);
    return std::move(value.value);
  }

 private:
  [[nodiscard]] const TreeAttribute& known(std::string_view name) const { return tree_attribute(collection_, name); }

  /// Notes a value that was shortened or left out.
  void note(const driver::AttributeSchema& attribute, const FittedValue& value, std::optional<FileIndex> file) const {
    if (value.fit != Fit::whole) unfit_.push_back({attribute.name, value.fit, value.reason, file});
  }

  /// The value as records have it: the default of the attribute instead of null.
  [[nodiscard]] driver::Value stored(const LegacyRow& row, const driver::AttributeSchema& attribute,
                                     Texts texts) const {
    driver::Value value = this->value(row, attribute, texts);
    return value.is_null() ? driver::absent_value(attribute) : value;
  }

  /// The override of this name in the overlay of a row, or null.
  static const Override* override_of(const LegacyRow& row, std::string_view name) {
    return row.overlay ? row.overlay->find(name) : nullptr;
  }

  /// One of the record's own times.
  [[nodiscard]] Timestamp moment(const LegacyRow& row, std::string_view key) const {
    return time_of(value(row, overlay_attribute(key), Texts::read));
  }

  RowFiles files_;
  const driver::CollectionSchema& schema_;
  const TreeCollection& collection_;
  mutable std::vector<Unfit> unfit_;
};

}  // namespace reel::legacy
