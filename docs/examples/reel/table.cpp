#include "table.hpp"

#include <algorithm>
#include <cstddef>
#include <iostream>

#include "terminal.hpp"
#include "text.hpp"

namespace tool {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;  // a column is not cut below this

std::string line_of(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                    const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = cut(cells[i], widths[i]);
    const std::string padding(widths[i] - width(cell), ' ');
    if (i > 0) line.append(gap, ' ');
    line += columns[i].align == Align::right ? padding + cell : cell + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void Table::add(const std::vector<std::string>& cells) {
  std::vector<std::string>& row = rows_.emplace_back();
  for (const std::string& cell : cells) row.push_back(printable(cell));
  row.resize(columns_.size());
}

void Table::print() const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(width(column.title));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  if (const std::size_t columns = terminal_columns(Stream::out); columns > 0) {
    std::size_t before = 0;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i) before += widths[i] + gap;
    const std::size_t left = columns > before + narrowest ? columns - before : narrowest;
    widths.back() = std::min(widths.back(), left);
  }
  std::cout << line_of(titles, columns_, widths) << '\n';
  for (const auto& row : rows_) std::cout << line_of(row, columns_, widths) << '\n';
}

}  // namespace tool
