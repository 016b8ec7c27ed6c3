#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/journal_table.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/driver/collection_schema.hpp>

namespace reel::filesystem {

/// Appends the line of each mutation to `text`, which is to be written at the end of `mark`. `several`: the lines are a
/// batch.
inline std::vector<JournalTable::Line> append_lines(std::string& text, const driver::CollectionSchema& schema,
                                                    const std::vector<local::Mutation>& mutations,
                                                    const CommitMark& mark, bool several) {
  std::vector<JournalTable::Line> lines;
  lines.reserve(mutations.size());
  for (const local::Mutation& mutation : mutations) {
    const std::size_t start = text.size();
    BatchPosition position{};
    if (several) position = {static_cast<std::int64_t>(lines.size()) + 1, static_cast<std::int64_t>(mutations.size())};
    DiskRow row;
    if (mutation.after) {
      append_put(text, schema, *mutation.after, position, mark.synced);
      row = disk_row(*mutation.after, mark.end + static_cast<std::int64_t>(start), text.size() - start - 1);
    } else {
      append_remove(text, *mutation.before, position, mark.synced);
    }
    lines.push_back({row, static_cast<std::int64_t>(text.size() - start)});
  }
  return lines;
}

}  // namespace reel::filesystem
