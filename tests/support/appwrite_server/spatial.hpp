#pragma once

#include "support/appwrite_server/query_plan.hpp"

namespace appwrite_server {

/// A filter on a point, line or polygon. Only `equal`, `notEqual` and distances between points are worked out; the rest
/// is refused as a feature the server does not have.
Filter spatial_filter(const Query& query, const Column& column);

}  // namespace appwrite_server
