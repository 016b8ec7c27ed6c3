#pragma once

#include <bitset>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <reel/driver/range_digest.hpp>
#include <reel/error.hpp>
#include <reel/local/lost_records.hpp>
#include <reel/local/query_run.hpp>
#include <reel/local/range_digests.hpp>

namespace reel::local {

/// The digests of all ranges of a table. The first call reads all documents. Throws the error of a document that cannot
/// be read, also of one that is lost.
template <class Table>
[[nodiscard]] RangeDigests::Ranges digests_of(const Table& table, DigestOfDocument digest) {
  if (const std::vector<Error>& lost = lost_records(table); !lost.empty()) throw lost.front();
  return table.digests().ranges([&] {
    RangeDigests::Kept built{.digest = digest};
    auto&& reader = reader_of(table.bodies());
    for (const auto& row : table.rows()) {
      if (!table.bodies().live(row)) continue;
      built.ranges[driver::range_of(table.bodies().id(row))] += digest(table.schema(), *reader.share(row));
    }
    return built;
  });
}

/// The ids of all documents in some ranges, in the order of the table. Reads no document.
template <class Table>
[[nodiscard]] std::vector<std::string> ids_in(const Table& table, std::span<const std::size_t> ranges) {
  std::bitset<driver::digest_ranges> wanted;
  for (const std::size_t range : ranges) wanted.set(range);
  std::vector<std::string> ids;
  for (const auto& row : table.rows()) {
    if (table.bodies().live(row) && wanted.test(driver::range_of(table.bodies().id(row))))
      ids.emplace_back(table.bodies().id(row));
  }
  return ids;
}

}  // namespace reel::local
