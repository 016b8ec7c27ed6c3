#include "cursors.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/text/whole_number.hpp>
#include <reel/timestamp.hpp>

namespace tool::web {

std::string text_of(const reel::driver::Cursor& cursor) {
  const auto* const time = cursor.values.empty() ? nullptr : cursor.values.front().as<reel::Timestamp>();
  return (time ? std::to_string(time->time_since_epoch().count()) : "") + '.' + std::to_string(cursor.sequence) + '.' +
         cursor.id;
}

reel::driver::Cursor cursor_in(std::string_view text, const reel::driver::QueryTree& query) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second != std::string_view::npos) {
    const std::string_view time = text.substr(0, first);
    const auto milliseconds = reel::text::whole_number<std::int64_t>(time);
    const auto sequence = reel::text::whole_number<std::int64_t>(text.substr(first + 1, second - first - 1));
    reel::driver::Cursor cursor{.order = query.order, .id = std::string(text.substr(second + 1))};
    if (sequence && (milliseconds || time.empty()) && reel::is_valid_id(cursor.id)) {
      cursor.sequence = *sequence;
      if (!query.order.empty())
        cursor.values.push_back(milliseconds
                                    ? reel::driver::Value(reel::Timestamp(std::chrono::milliseconds(*milliseconds)))
                                    : reel::driver::Value());
      return cursor;
    }
  }
  throw reel::Error(reel::Errc::invalid, "'after' is not the 'next' of a page");
}

}  // namespace tool::web
