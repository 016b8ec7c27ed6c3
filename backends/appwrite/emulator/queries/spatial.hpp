#pragma once

#include <emulator/queries/query_plan.hpp>

namespace reel::emulator {

/// A filter on a point, line or polygon. Only `equal`, `notEqual` and distances between points are worked out; the rest
/// is refused as a feature the server does not have.
Filter spatial_filter(const Query& query, const Column& column);

}  // namespace reel::emulator
