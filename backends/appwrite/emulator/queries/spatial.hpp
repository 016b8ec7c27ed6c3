#pragma once

#include <emulator/queries/query_plan.hpp>

namespace reel::emulator {

/// A filter on a point, line or polygon. It supports `equal`, `notEqual` and distances between points. Throws 400
/// `general_feature_unsupported` for everything else, which the real server can do.
Filter spatial_filter(const Query& query, const Column& column);

}  // namespace reel::emulator
