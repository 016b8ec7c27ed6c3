#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/query.hpp>
#include <reel/record.hpp>
#include <reel/video/rows.hpp>

namespace reel::video {

/// Which videos `Catalog::list` and `search` return. Empty members select all.
struct VideoFilter {
  /// The state. Videos whose stored state has another name are listed without this filter.
  std::optional<VideoStatus> status{};
  std::optional<std::string> owner_id{};      ///< the user who requested it
  std::optional<std::string> session_id{};    ///< of the run that produced it
  std::optional<Timestamp> created_since{};   ///< at or after this time
  std::optional<Timestamp> created_before{};  ///< before this time
  std::int64_t limit = 25;                    ///< the size of a page, at least 1
  decltype(Page<VideoRow>::next) after{};     ///< `VideoPage::next` of the page before
  bool with_total = true;                     ///< counts all; `Appwrite`: a request for each 5,000 videos
};

/// One page of videos.
struct VideoPage {
  std::vector<StoredVideo> videos{};  ///< the newest first
  decltype(Page<VideoRow>::next)
      next{};              ///< the position after the page, for `VideoFilter::after`; none: the last page
  std::int64_t total = 0;  ///< the number of all videos that the filter selects, 0 without `VideoFilter::with_total`
};

namespace detail {

/// The query of a filter, for rows with the enum or with any name of a state.
template <class Row>
[[nodiscard]] Query<Row> query_of(const VideoFilter& filter) {
  auto query = Query<Row>{}.template order_by<&Row::created_at>(descending).limit(filter.limit);
  if (filter.with_total) query = query.with_total();
  if (filter.status) {
    if constexpr (std::is_same_v<decltype(Row::status), std::optional<std::string>>) {
      query = query.where(field<&Row::status> == std::string(enum_name(*filter.status)));
    } else {
      query = query.where(field<&Row::status> == *filter.status);
    }
  }
  if (filter.owner_id) query = query.where(field<&Row::owner_id> == *filter.owner_id);
  if (filter.session_id) query = query.where(field<&Row::session_id> == *filter.session_id);
  if (filter.created_since) query = query.where(field<&Row::created_at> >= *filter.created_since);
  if (filter.created_before) query = query.where(field<&Row::created_at> < *filter.created_before);
  if (filter.after) query = query.after(*filter.after);
  return query;
}

/// The page of videos in a page of rows.
template <class Row>
[[nodiscard]] VideoPage page_of(Page<Row> rows) {
  VideoPage page{.next = std::move(rows.next), .total = rows.total.value_or(0)};
  page.videos.reserve(rows.records.size());
  for (Record<Row>& row : rows.records) page.videos.push_back(stored_video(std::move(row)));
  return page;
}

}  // namespace detail
}  // namespace reel::video
