#pragma once

#include <string>

#include <reel/video/statistics_types.hpp>

/// Statistics as text for other programs. Each contains the numbers of `json_of`.
namespace tool {

/// CSV as RFC 4180 with line breaks of one character: a line for each cell of `sheets_of`, with the columns `sheet`,
/// `row`, `column` and `value`. A text that a spreadsheet would take as a formula begins with `'`.
[[nodiscard]] std::string csv_of(const reel::video::Statistics& statistics);

/// OpenMetrics 1.0, which Prometheus reads as `application/openmetrics-text; version=1.0.0`. The labels are statuses,
/// stages, methods, buckets and queues: names of topics, owners and errors have no bound, and neither have statuses
/// that the enums lack, which are added up as `other`, and so are queues after the first 50.
[[nodiscard]] std::string openmetrics_of(const reel::video::Statistics& statistics);

}  // namespace tool
