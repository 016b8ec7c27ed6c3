#include "table.hpp"

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <numeric>
#include <utility>

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

/// The columns of the terminal before the last column of a table.
std::size_t columns_before_last(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end() - 1, gap * (widths.size() - 1));
}

/// Prints a line whose last cell is cut at the end of a terminal with `columns`; 0: no terminal.
void print_line(const std::vector<std::string>& cells, const std::vector<Column>& columns,
                std::vector<std::size_t> widths, std::size_t terminal) {
  const std::size_t before = columns_before_last(widths);
  if (terminal > 0) widths.back() = std::min(widths.back(), terminal > before + 1 ? terminal - before : 1);
  std::cout << line_of(cells, columns, widths) << '\n';
}

std::vector<std::string> titles_of(const std::vector<Column>& columns) {
  std::vector<std::string> titles;
  for (const Column& column : columns) titles.push_back(column.title);
  return titles;
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
    std::size_t& widest = widths.emplace_back(std::max(width(columns_[i].title), columns_[i].width));
    for (const auto& row : rows_) widest = std::max(widest, width(row[i]));
  }
  return widths;
}

/// Omits spare columns and shortens the last one until a row fits into `columns`, if possible.
void Table::fit(std::size_t columns) {
  for (std::size_t i = columns_.size(); i-- > 0;) {
    const std::vector<std::size_t> all = widths();
    if (columns_before_last(all) + std::min(readable, all.back()) > columns && columns_[i].spare) drop(i);
  }
}

void Table::print() {
  const std::size_t columns = terminal_columns(Stream::out);
  if (columns > 0) fit(columns);
  const std::vector<std::size_t> lengths = widths();
  print_line(titles_of(columns_), columns_, lengths, columns);
  for (const auto& row : rows_) print_line(row, columns_, lengths, columns);
}

RunningTable::RunningTable(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(std::max(width(column.title), column.width));
}

void RunningTable::print(const std::vector<std::string>& cells) {
  std::vector<std::string> row;
  for (const std::string& cell : cells) row.push_back(printable(cell));
  row.resize(columns_.size());
  std::vector<std::size_t> widths = widths_;
  for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  const std::size_t terminal = terminal_columns(Stream::out);
  if (!std::exchange(has_titles_, true)) print_line(titles_of(columns_), columns_, widths, terminal);
  print_line(row, columns_, widths, terminal);
  widths.back() = widths_.back();  // nothing follows it
  widths_ = std::move(widths);
}

}  // namespace tool
