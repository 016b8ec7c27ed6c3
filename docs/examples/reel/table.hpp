#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tool {

enum class Align { left, right };

struct Column {
  std::string title{};
  Align align = Align::left;
  bool spare = false;     ///< omitted first if a terminal is too narrow
  std::size_t width = 0;  ///< at least, in columns of the terminal
};

/// Prints rows in aligned columns. On a terminal that is too narrow spare columns are omitted, then the last column is
/// cut. Other output is complete.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Cells can contain any bytes. Control characters are replaced.
  void add(const std::vector<std::string>& cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Prints the table to standard output.
  void print();

 private:
  void drop(std::size_t column);
  [[nodiscard]] std::vector<std::size_t> widths() const;
  void fit(std::size_t columns);

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Prints rows in aligned columns one by one, as they come, and titles above the first. A column becomes wider with the
/// first cell that needs it, so columns should start with the width of most cells. On a terminal the last column is
/// cut.
class RunningTable {
 public:
  explicit RunningTable(std::vector<Column> columns);

  /// As `Table::add`, printed at once, but not flushed.
  void print(const std::vector<std::string>& cells);

 private:
  std::vector<Column> columns_;
  std::vector<std::size_t> widths_{};
  bool has_titles_ = false;
};

}  // namespace tool
