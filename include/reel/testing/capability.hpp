#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace reel::testing {

/// Abilities that a store may lack. Rules that need a missing ability expect `unsupported`.
enum class Capability {
  records,             ///< collections of any schema
  blobs,               ///< buckets and blobs
  folded_text,         ///< can be opened with `TextRules::folded`
  exact_text,          ///< can be opened with `TextRules::exact`
  unique,              ///< keeps unique indexes
  full_text,           ///< searches full-text indexes
  on_remove,           ///< lists the collections that refer to one: a `ReferrerBackend`
  bulk_writes,         ///< many writes in one call: a `BulkBackend`
  atomic_batches,      ///< bulk writes apply completely or not at all
  one_step_increment,  ///< an `IncrementBackend`
  explain,             ///< an `ExplainBackend`
  blob_update,         ///< a `BlobUpdateBackend`
  atomic_overwrite,    ///< a blob that is being overwritten is the old or the new one at every moment
  url,                 ///< an `UrlBackend`
  exact_doubles,       ///< keeps every bit of a floating-point number except the sign of zero
  keeps_times,         ///< `created_at` and `updated_at` can be given on creation
  permissions,         ///< stores permissions
  access,              ///< stores the permissions of collections and buckets: an `AccessBackend`
  restart,             ///< the data outlive the store object
  change_history,      ///< keeps changes, so that a watch can start after a resume token without a snapshot
  ordered_changes,     ///< watches see the changes of all records in one order, that of the commits
  several_handles,     ///< two store objects may use the same data at once
};

/// The names of the capabilities in a manifest, in the order of the enumerators.
inline constexpr std::array<std::string_view, 22> capability_names{"records",          "blobs",
                                                                   "folded_text",      "exact_text",
                                                                   "unique",           "full_text",
                                                                   "on_remove",        "bulk_writes",
                                                                   "atomic_batches",   "one_step_increment",
                                                                   "explain",          "blob_update",
                                                                   "atomic_overwrite", "url",
                                                                   "exact_doubles",    "keeps_times",
                                                                   "permissions",      "access",
                                                                   "restart",          "change_history",
                                                                   "ordered_changes",  "several_handles"};

/// The name of a capability in a manifest.
[[nodiscard]] constexpr std::string_view to_string(Capability one) {
  return capability_names[static_cast<std::size_t>(one)];
}

/// Returns the capability with a name, or nothing if the name is unknown.
[[nodiscard]] constexpr std::optional<Capability> capability_named(std::string_view name) {
  for (std::size_t i = 0; i < capability_names.size(); ++i) {
    if (capability_names[i] == name) return static_cast<Capability>(i);
  }
  return std::nullopt;
}

/// A set of capabilities.
class Capabilities {
 public:
  /// The empty set.
  constexpr Capabilities() = default;
  /// The set of the listed capabilities; one that is listed twice counts once.
  constexpr Capabilities(std::initializer_list<Capability> all) {
    for (const Capability one : all) add(one);
  }
  /// Adds a capability, if the set does not contain it.
  constexpr void add(Capability one) { bits_ |= bit(one); }
  /// Whether the set contains a capability.
  [[nodiscard]] constexpr bool has(Capability one) const { return (bits_ & bit(one)) != 0; }
  /// Returns the capabilities of this set that are not in `other`.
  [[nodiscard]] constexpr Capabilities without(Capabilities other) const {
    other.bits_ = bits_ & ~other.bits_;
    return other;
  }
  /// Whether the set contains no capability.
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  friend constexpr Capabilities operator|(Capabilities a, Capabilities b) {
    a.bits_ |= b.bits_;
    return a;
  }
  friend constexpr bool operator==(Capabilities, Capabilities) = default;

 private:
  static constexpr unsigned bit(Capability one) { return 1U << static_cast<unsigned>(one); }
  unsigned bits_ = 0;
};

}  // namespace reel::testing
