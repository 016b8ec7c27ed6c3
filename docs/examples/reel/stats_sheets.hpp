#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <reel/timestamp.hpp>
#include <reel/video/statistics_types.hpp>

/// Statistics as tables of named cells: what the table, CSV and HTML print.
namespace tool {

struct Bytes {
  std::int64_t count = 0;
};
struct Rate {
  double per_hour = 0;
};
/// From 0 to 1.
struct Share {
  double share = 0;
};

/// A value; none: unknown.
using Cell = std::variant<std::monostate, std::int64_t, bool, Bytes, Rate, Share, std::chrono::milliseconds,
                          reel::Timestamp, std::string>;

struct SheetColumn {
  std::string key{};    ///< for programs, with the unit
  std::string title{};  ///< for people
};
struct SheetRow {
  std::string name{};
  std::vector<Cell> cells{};
  bool is_spare = false;  ///< left out on a terminal, because all its numbers are 0
};
struct Sheet {
  std::string key{};    ///< for programs
  std::string title{};  ///< for people
  std::string name{};   ///< the title of the names of rows
  std::vector<SheetColumn> columns{};
  std::vector<SheetRow> rows{};
  std::string note{};       ///< a sentence; may be empty
  bool is_blank = false;    ///< people see the note alone, because nothing is recorded that it could show
  bool is_figures = false;  ///< the names of rows are those of figures, not of the store
};

/// Every number of the statistics.
[[nodiscard]] std::vector<Sheet> sheets_of(const reel::video::Statistics& statistics);

/// The name of a row for people: that of a figure without `_` and unit, `completed last hour`.
[[nodiscard]] std::string title_of(const Sheet& sheet, const SheetRow& row);
/// The value for programs: whole numbers and bytes as they are, times as RFC 3339, durations in seconds with three
/// decimals, `true` and `false`; empty if unknown.
[[nodiscard]] std::string exact_text(const Cell& cell);
/// The value for people: `1.2 MiB`, `45.250 s`, `1:02:03`, `93 %`; `-` if unknown.
[[nodiscard]] std::string short_text(const Cell& cell);
/// Seconds with three decimals.
[[nodiscard]] std::string seconds_text(std::chrono::milliseconds time);
/// A number with as many digits as it takes to read it back.
[[nodiscard]] std::string number_text(double number);

}  // namespace tool
