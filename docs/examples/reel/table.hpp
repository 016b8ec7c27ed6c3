#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tool {

enum class Align { left, right };

struct Column {
  std::string title{};
  Align align = Align::left;
  bool spare = false;  ///< left out where a terminal is too narrow, before anything is cut
};

/// Rows in aligned columns. On a terminal that is too narrow spare columns are left out, then the last column is cut;
/// elsewhere nothing is.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Cells may hold anything; what a terminal would take for a command is made harmless.
  void add(const std::vector<std::string>& cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// To standard output.
  void print();

 private:
  void drop(std::size_t column);
  [[nodiscard]] std::vector<std::size_t> widths() const;
  void fit(std::size_t columns);

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tool
