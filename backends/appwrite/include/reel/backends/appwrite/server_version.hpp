#pragma once

#include <charconv>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <reel/driver/enumerator_name.hpp>

namespace reel::appwrite {

/// A version of the server, such as `1.8.1`.
struct ServerVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;

  auto operator<=>(const ServerVersion&) const = default;

  /// The three numbers, separated by dots.
  [[nodiscard]] std::string str() const {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  }
  /// Parses two or three numbers, optionally followed by `-` and a suffix. Returns `nullopt` for other strings.
  [[nodiscard]] static std::optional<ServerVersion> parse(std::string_view text) {
    ServerVersion version;
    int* const parts[] = {&version.major, &version.minor, &version.patch};
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    int count = 0;
    for (int* const part : parts) {
      const auto [next, error] = std::from_chars(at, end, *part);
      if (error != std::errc{} || *part < 0) return std::nullopt;
      at = next;
      ++count;
      if (at == end || *at != '.') break;
      ++at;
    }
    if (count < 2 || (at != end && *at != '-')) return std::nullopt;
    return version;
  }
};

/// Abilities of newer servers, in the order of the versions that introduced them.
enum class Ability {
  bulk_writes,      ///< POST, PATCH and DELETE of many documents in one request
  upsert,           ///< PUT of a document
  increment,        ///< `…/increment` and `…/decrement`
  tables_routes,    ///< `/tablesdb`
  transactions,     ///< `/databases/transactions`
  sequence,         ///< `$sequence` in documents
  keeps_times,      ///< `$createdAt` and `$updatedAt` in the data of a request with a key are stored
  negated_queries,  ///< `notContains` and similar queries
  operators,        ///< strings that look like operators are executed in PATCH, PUT and bulk writes
  uncounted_lists,  ///< lists without counting, by `total`
  inline_schema,    ///< attributes and indexes in the request that creates the collection
  parallel_chunks,  ///< concurrent parts of one upload
};
/// The number of abilities, for tables that are indexed by them.
inline constexpr int ability_count = 12;

/// The name in an error message, in the plural or as a noun.
[[nodiscard]] constexpr std::string_view to_string(Ability ability) {
  using enum Ability;
  return driver::enumerator_name(ability, {{bulk_writes, "bulk writes"},
                                           {upsert, "upsert"},
                                           {increment, "increment"},
                                           {tables_routes, "tables routes"},
                                           {transactions, "transactions"},
                                           {sequence, "sequence"},
                                           {keeps_times, "kept times"},
                                           {negated_queries, "negated queries"},
                                           {operators, "operators"},
                                           {uncounted_lists, "uncounted lists"},
                                           {inline_schema, "inline schema"},
                                           {parallel_chunks, "parallel chunks"}});
}

/// The first version with the ability.
[[nodiscard]] constexpr ServerVersion first_version_with(Ability ability) {
  constexpr ServerVersion versions[] = {{1, 7, 0}, {1, 7, 4}, {1, 8, 0}, {1, 8, 0}, {1, 8, 0}, {1, 8, 0},
                                        {1, 8, 0}, {1, 8, 0}, {1, 8, 1}, {1, 8, 1}, {1, 9, 0}, {1, 9, 5}};
  return versions[static_cast<std::size_t>(ability)];
}

/// Whether servers of this version have the ability.
[[nodiscard]] constexpr bool has(const ServerVersion& version, Ability ability) {
  return version >= first_version_with(ability);
}

}  // namespace reel::appwrite
