#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tool {

enum class Align { left, right };

struct Column {
  std::string title{};
  Align align = Align::left;
  bool spare = false;  ///< omitted first if a terminal is too narrow
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

}  // namespace tool
