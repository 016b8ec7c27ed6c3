#pragma once

#include <string>
#include <vector>

namespace tool {

enum class Align { left, right };

struct Column {
  std::string title{};
  Align align = Align::left;
};

/// Rows in aligned columns. On a terminal that is too narrow the last column is cut; elsewhere nothing is.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// Cells may hold anything; what a terminal would take for a command is made harmless.
  void add(const std::vector<std::string>& cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// To standard output.
  void print() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tool
