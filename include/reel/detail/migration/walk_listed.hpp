#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/detail/migration/pace.hpp>
#include <reel/detail/migration/run.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/page.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// Notes that the source no longer has these ids, which were to be copied, and how many of them the target has.
template <class Container>
void note_removed(MigrationRun& run, const Container& container, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  const std::vector<std::string_view> views(ids.begin(), ids.end());
  const auto found = driver::look_up(run.target, run.choices.in_target(container), views, run.parallelism());
  const auto kept = std::count_if(found.begin(), found.end(), [](const auto& one) { return one.error || one.found; });
  run.note("the source no longer has " + std::to_string(ids.size()) + " of its " +
           (run.kind().bucket ? "blobs" : "records") +
           (kept > 0 ? "; the target has " + std::to_string(kept) + " of them" : ""));
}

/// Calls `visit(page)` with the records or blobs that the source has under these ids, in pages, until it returns false
/// or the run is stopped. A source that does not respond ends the run; ids that it no longer has are a note.
template <class Container, class Visit>
void walk_listed(MigrationRun& run, const Container& container, const std::vector<std::string>& ids,
                 std::size_t page_size, Visit&& visit) {
  constexpr bool is_bucket = std::same_as<Container, Bucket>;
  std::vector<std::string> removed;
  for (std::size_t first = 0; first < ids.size(); first += page_size) {
    const std::size_t count = std::min(page_size, ids.size() - first);
    const std::vector<std::string_view> some(ids.begin() + static_cast<std::ptrdiff_t>(first),
                                             ids.begin() + static_cast<std::ptrdiff_t>(first + count));
    driver::Page<std::conditional_t<is_bucket, BlobInfo, driver::DocumentPtr>> page;
    auto found = driver::look_up(run.source, container, some, run.parallelism());
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& id = ids[first + i];
      if (const auto& error = found[i].error) {
        if (BackOff::concerns(error->code())) run.halt("read", *error);
        page.failed.push_back(Error(error->code(), error->reason(), {.id = id}));
      } else if (!found[i].found) {
        removed.push_back(id);
      } else if constexpr (is_bucket) {
        page.items.push_back(*std::move(found[i].found));
      } else {
        page.items.push_back(std::move(found[i].found));
      }
    }
    if (run.stopping() || !visit(page)) break;
  }
  note_removed(run, container, removed);
}

}  // namespace reel::detail
