#include "table.hpp"

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <numeric>

#include "terminal.hpp"
#include "text.hpp"

namespace tool {
namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t readable = 20;  // columns of the last cell that take precedence over a spare column

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

void Table::drop(std::size_t column) {
  const auto place = static_cast<std::ptrdiff_t>(column);
  columns_.erase(columns_.begin() + place);
  for (auto& row : rows_) row.erase(row.begin() + place);
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t& widest = widths.emplace_back(width(columns_[i].title));
    for (const auto& row : rows_) widest = std::max(widest, width(row[i]));
  }
  return widths;
}

/// Omits spare columns and shortens the last one until a row fits into `columns`, if possible.
void Table::fit(std::size_t columns) {
  for (std::size_t i = columns_.size(); i-- > 0;) {
    const std::vector<std::size_t> all = widths();
    const std::size_t before = std::accumulate(all.begin(), all.end() - 1, gap * (all.size() - 1));
    if (before + std::min(readable, all.back()) > columns && columns_[i].spare) drop(i);
  }
}

void Table::print() {
  const std::size_t columns = terminal_columns(Stream::out);
  if (columns > 0) fit(columns);
  std::vector<std::size_t> lengths = widths();
  const std::size_t before = std::accumulate(lengths.begin(), lengths.end() - 1, gap * (lengths.size() - 1));
  if (columns > 0) lengths.back() = std::min(lengths.back(), columns > before + 1 ? columns - before : 1);
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::cout << line_of(titles, columns_, lengths) << '\n';
  for (const auto& row : rows_) std::cout << line_of(row, columns_, lengths) << '\n';
}

}  // namespace tool
