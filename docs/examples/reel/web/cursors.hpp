#pragma once

#include <string>
#include <string_view>

#include <reel/driver/query_tree.hpp>

namespace tool::web {

/// A cursor of a query that has no order or orders by one time, as a string for addresses:
/// `<milliseconds>.<sequence>.<id>`.
[[nodiscard]] std::string text_of(const reel::driver::Cursor& cursor);

/// The cursor in a string, for the order of `query`. Throws `invalid` for any other string.
[[nodiscard]] reel::driver::Cursor cursor_in(std::string_view text, const reel::driver::QueryTree& query);

}  // namespace tool::web
